const SOON = 120;  // milliseconds from the last key to the check
const SILENT = "Not checked yet: the kernel is busy or was restarted. If it was restarted, run this cell again.";
const COVERED = "Your change was checked. Does the seal hold, or does it break? Say it, and see.";

function render({ model, el }) {
  const box = put(el, "section", "", "mail-seal");
  box.setAttribute("aria-label", model.get("title"));
  put(box, "p", model.get("title"), "mail-caption");
  const cut = model.get("cut") < 0 ? "" : " At the dashed line l= ends.";
  put(box, "p", `● sealed: signed. ○ open: not signed.${cut} ${model.get("absent")} Change what you like, add lines, remove some.`);
  const paper = put(box, "div", "", "mail-paper");
  const ground = put(paper, "div", "", { "aria-hidden": "true" });  // behind the letter: its marks and shades
  const area = put(paper, "textarea", "", { "aria-label": "The letter", spellcheck: "false", autocomplete: "off" });
  const where = put(box, "p", "", { role: "status" });
  const tools = put(box, "div", "", { class: "mail-tools", role: "group", "aria-label": "What becomes of the seal?" });
  const button = (words, act) => {
    const one = put(tools, "button", words, { type: "button" });
    one.addEventListener("click", () => one.getAttribute("aria-disabled") !== "true" && act());
    return one;
  };
  put(tools, "span", "The seal:");
  const saying = [button("It holds", () => send("holds")), button("It breaks", () => send("breaks"))];
  const back = button("As it was", () => {
    area.value = model.get("was");
    changed();
    send();
  });
  const found = put(box, "div", "", { role: "status" });
  for (const one of [area, ...tools.querySelectorAll("button")]) one.setAttribute("data-lm-suppress-shortcuts", "true");
  leaveByKeys(box);

  let alive = true, soon, waiting, asked = 0, heard = 0;
  // The marks of the letter that was last judged; what has been changed since has none yet.
  const marks = () => {
    const now = area.value.split("\n"), then = model.get("text").split("\n"), lines = model.get("lines");
    let top = 0, below = 0;
    while (top < now.length && now[top] === then[top]) top++;
    while (below < now.length - top && below < then.length - top && now.at(-1 - below) === then.at(-1 - below)) below++;
    return now.map((text, n) => {
      const old = n < top ? n : n >= now.length - below ? n - now.length + then.length : -1;
      const [mark, rule] = old < 0 ? ["? changed", ""] : lines[old] ?? ["", ""];
      return { text, mark, rule, cut: old >= 0 && old === model.get("cut") };
    });
  };
  const tell = () => {
    const all = marks(), n = area.value.slice(0, area.selectionStart).split("\n").length - 1;
    const words = all[n].mark.split(" ").slice(1);
    const name = `Line ${n + 1}: ${words.join(" ") || (all[n].text ? "" : "empty")}`;
    if (where.textContent !== name) where.textContent = name;
  };
  const draw = () => {
    ground.replaceChildren();
    for (const { text, mark, rule, cut } of marks()) {
      const line = put(ground, "div", "", `${rule && `mail-${rule}`}${cut ? " mail-cut" : ""}`);
      const [sign, ...words] = mark.split(" ");
      const shown = put(line, "strong", sign);
      put(shown, "span", ` ${words.join(" ")}`);
      put(line, "span", text || " ", "mail-unseen");
    }
    const open = alive && !area.readOnly;
    for (const one of saying) one.setAttribute("aria-disabled", !(open && area.value !== model.get("text")));
    back.setAttribute("aria-disabled", !(open && area.value !== model.get("was")));
    tell();
  };
  const send = (said = "") => {
    clearTimeout(soon);
    clearTimeout(waiting);
    if (!alive) return;
    waiting = setTimeout(() => { found.replaceChildren(SILENT); }, 2500);
    asked++;
    model.send({ text: area.value, said });
  };
  const changed = () => {
    clearTimeout(soon);
    found.replaceChildren();
    draw();
    soon = setTimeout(send, SOON);
  };
  const show = () => {
    found.replaceChildren();
    const findings = model.get("covered") ? [["", COVERED]] : model.get("findings");
    for (const [rule, words] of findings) put(found, "p", words, rule);
    draw();
  };
  const answered = () => {
    if (++heard < asked) return;  // a later change is on its way
    clearTimeout(waiting);
    show();
  };
  const restarted = () => {
    alive = false;
    area.readOnly = true;
    clearTimeout(waiting);
    draw();
    found.replaceChildren("The kernel was restarted. To change the letter, run this cell again.");
  };
  area.addEventListener("input", changed);
  for (const moved of ["keyup", "click", "focus"]) area.addEventListener(moved, tell);
  const over = hear(model, { "change:answered": answered, "comm_live_update": restarted });
  area.value = model.get("text");
  area.setSelectionRange(0, 0);
  show();
  return () => {
    clearTimeout(soon);
    clearTimeout(waiting);
    over();
  };
}

export default { render };
