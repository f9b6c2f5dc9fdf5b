const ENDS = [["CR LF", "\r\n", "⏎ CR LF"], ["LF only", "\n", "⏎ LF"], ["nothing: a piece, and more follows", "", "…"]];
const SILENT = "Not said yet: the kernel is busy or was restarted. If it was restarted, run this cell again.";

function render({ model, el }) {
  const group = unique("console");
  const box = put(el, "section", undefined, "mail-console");
  const title = `Console to ${model.get("title")}`;
  box.setAttribute("aria-label", title);
  put(box, "p", title, "mail-caption");
  const talk = put(box, "pre", undefined, "mail-wire");
  talk.setAttribute("role", "group");
  talk.setAttribute("aria-label", "What both sides said");
  const behind = put(box, "p", undefined, "mail-behind");

  const entry = put(box, "label", undefined, "mail-entry mail-lane-client");
  put(entry, "strong", "C: ", "mail-client").setAttribute("aria-hidden", "true");
  const input = put(entry, "input");
  input.setAttribute("aria-label", `Your line to ${model.get("title")}`);
  input.spellcheck = false;
  for (const name of ["autocomplete", "autocapitalize", "autocorrect"]) input.setAttribute(name, "off");
  const tail = put(entry, "span", "", "mail-tail");
  tail.setAttribute("aria-hidden", "true");

  const ends = put(box, "fieldset");
  put(ends, "legend", "Enter ends the line in");
  ENDS.forEach(([name], n) => {
    const label = put(ends, "label");
    const radio = put(label, "input");
    Object.assign(radio, { type: "radio", name: group, value: n, checked: n === 0 });
    label.append(` ${name}`);
  });
  const end = () => Number(ends.querySelector(":checked").value);
  for (const control of box.querySelectorAll("input")) control.setAttribute("data-lm-suppress-shortcuts", "true");
  leaveByKeys(box);

  const status = put(box, "p");
  status.setAttribute("role", "status");
  const script = put(box, "details");
  put(script, "summary", "The same as lines of Python", "mail-label");
  const code = put(put(script, "pre", undefined, "mail-wire"), "code");
  const copy = put(script, "button", "Copy");
  copy.type = "button";
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(model.get("code"));
      copy.textContent = "Copied";
    } catch {  // a page that came without TLS from another machine may not: then it is there to be copied by hand
      getSelection().selectAllChildren(code);
    }
  });

  const ahead = [];
  let alive = true, waiting, back = 0;
  const fit = () => {
    input.style.width = `${input.value.length + 1}ch`;
    tail.textContent = ENDS[end()][2];
  };
  const fill = (text) => {
    input.value = text;
    fit();
  };
  const next = () => {  // who types fast is ahead of the host
    box.setAttribute("aria-busy", ahead.length > 0);
    if (!ahead.length || waiting) return;
    waiting = setTimeout(() => { status.textContent = SILENT; }, 2500);
    model.send(ahead[0]);
  };
  const send = (line) => {
    if (input.readOnly) return;
    ahead.push({ line, end: ENDS[end()][1] });
    back = 0;
    fill("");
    next();
  };
  input.addEventListener("input", fit);
  ends.addEventListener("change", fit);
  input.addEventListener("paste", (event) => {  // several lines are said as they are
    const lines = event.clipboardData.getData("text").replace(/\r?\n$/, "").split(/\r?\n/);
    if (lines.length < 2) return;
    event.preventDefault();
    send(lines.join("\r\n"));
  });
  input.addEventListener("keydown", (event) => {
    const typed = model.get("typed");
    if (event.key === "Enter" && !event.isComposing && !event.shiftKey) send(input.value);
    else if (event.key === "ArrowUp") fill(typed[typed.length - (back = Math.min(back + 1, typed.length))] ?? "");
    else if (event.key === "ArrowDown") fill(typed[typed.length - (back = Math.max(back - 1, 0))] ?? "");
    else return;
    event.preventDefault();
  });

  const show = () => {
    talk.replaceChildren();
    for (const { sign, colour, who, text, ground, lane } of model.get("rows")) {
      const line = put(put(talk, "span", undefined, ground), "span", undefined, lane);
      put(line, "span", `${sign} `, colour);
      if (who) put(line, "strong", `${who}: `, who === "C" ? "mail-client" : "mail-server");
      line.append(`${who ? "" : "-- "}${text}\n`);
    }
    behind.replaceChildren("Behind you: ");
    for (const state of model.get("behind")) put(behind, "span", `✓ ${state}`);
    input.readOnly = !alive || !model.get("connected");
    script.hidden = !model.get("code");
    code.textContent = model.get("code");
    status.textContent = alive ? model.get("news") : "The kernel was restarted. For a new connection, run this cell again.";
    if (box.contains(document.activeElement)) entry.scrollIntoView({ block: "nearest" });
  };
  const answered = () => {
    clearTimeout(waiting);
    waiting = undefined;
    ahead.shift();
    copy.textContent = "Copy";
    next();
  };
  const restarted = () => {
    alive = false;
    show();
  };
  const over = hear(model, { "change:answered": answered, "change": show, "comm_live_update": restarted });
  show();
  fill("");
  return () => {
    clearTimeout(waiting);
    over();
  };
}

export default { render };
