const SILENT = "Not judged yet: the kernel is busy or was restarted. If it was restarted, run this cell again.";
const EXPECT = [["pass", "It passes"], ["fail", "It fails"], ["neither", "Neither"]];

function render({ model, el }) {
  const box = put(el, "section", "", { class: "vouch", "aria-label": "Who vouches for whom" });
  put(box, "p", "Who vouches for whom?", "mail-caption");

  const switches = put(box, "div", "", "vouch-switches");
  const selects = model.get("switches").map(([name, [, about], ...options]) => {
    const label = put(switches, "label", `${about} `);
    const select = put(label, "select", "", { name });
    for (const [value, words] of options) put(select, "option", words, { value });
    return select;
  });

  const picture = put(box, "div", "", { class: "vouch-picture", role: "group", "aria-label": "Names, and what they say for From:" });
  const say = put(box, "p", "DMARC: ", { class: "vouch-say", role: "group", "aria-label": "What do you expect of DMARC?" });
  const buttons = EXPECT.map(([value, words]) => put(say, "button", words, { type: "button", value }));
  const status = put(box, "p", "", { role: "status" });
  const results = put(box, "div");
  const letter = put(box, "details");
  put(letter, "summary", "The letter, as it lies in the mailbox", "mail-label");
  const text = put(letter, "pre", "", "mail-wire");
  put(box, "p", "Can you set the switches so that …", "mail-label");
  const challenges = put(box, "ul");
  for (const control of box.querySelectorAll("select, button, summary")) control.setAttribute("data-lm-suppress-shortcuts", "true");
  leaveByKeys(box);

  const ahead = [];
  let alive = true, waiting;
  const next = () => {
    box.setAttribute("aria-busy", ahead.length > 0);
    if (!ahead.length || waiting) return;
    waiting = setTimeout(() => { status.textContent = SILENT; }, 2500);
    model.send(ahead[0]);
  };
  const ask = (said) => {
    if (!alive) return;
    if (ahead.length > 1 && !ahead.at(-1).said) ahead.pop();  // who turns on does not wait for what was passed
    ahead.push({ switches: Object.fromEntries(selects.map(({ name, value }) => [name, value])), said });
    next();
  };
  switches.addEventListener("change", () => ask(""));
  for (const button of buttons) button.addEventListener("click", () => ask(button.value));

  const name = (title, words, area) => {
    const card = put(picture, "div", "", `vouch-name vouch-${area}`);
    put(card, "strong", `${title} `);
    put(card, "span", words);
  };
  const show = () => {
    const [envelope, from] = model.get("names");
    picture.replaceChildren();
    model.get("lines").forEach(({ name: title, domain, sign, kind, word, why }, n) => {
      name(title, n ? domain : envelope, n ? "key" : "envelope");
      const line = put(picture, "div", "", `vouch-line vouch-${kind} vouch-from-${n ? "key" : "envelope"}`);
      const words = put(line, "span", "", "vouch-words");
      put(words, "strong", `${sign} ${word} `);
      put(words, "small", why);
    });
    name("From:", from, "author");
    const said = model.get("said");
    for (const button of buttons) {
      button.setAttribute("aria-pressed", button.value === said);
      button.setAttribute("aria-disabled", said !== "" || !alive);
    }
    results.replaceChildren();
    model.get("results").forEach(([title, came, why], n) => {
      const row = put(results, "p", `${title} `);
      put(row, "strong", came, n ? "" : `vouch-came mail-${model.get("colour")}`);
      row.append(`: ${why}`);
    });
    text.textContent = model.get("letter");
    letter.hidden = !model.get("letter");
    challenges.replaceChildren();
    for (const [reached, words] of model.get("challenges")) {
      put(challenges, "li", `${reached ? "✓ reached:" : "○"} ${words}`, reached ? "mail-good" : "");
    }
    status.textContent = alive ? model.get("news") : "The kernel was restarted. Run this cell again to set the switches.";
    for (const select of selects) select.disabled = !alive;
  };
  const answered = () => {
    clearTimeout(waiting);
    waiting = undefined;
    ahead.shift();
    next();
  };
  const restarted = () => {
    alive = false;
    show();
  };
  const over = hear(model, { "change:answered": answered, change: show, comm_live_update: restarted });
  show();
  return () => {
    clearTimeout(waiting);
    over();
  };
}

export default { render };
