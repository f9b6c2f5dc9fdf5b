const SILENT = "Not done yet: the kernel is busy or was restarted. If it was restarted, run the cells from there on where the lab is made.";
const RESTARTED = "The kernel was restarted. Run the cell that makes a lab, and those from there down to this one.";

function render({ model, el }) {
  const server = model.get("server");
  const box = put(el, "section", "", { class: "mail-walk", "aria-label": model.get("title") });
  put(box, "p", model.get("title"), "mail-caption");
  const now = put(box, "p");

  const clock = put(box, "div", "", { class: "walk-clock", role: "group", "aria-label": "The lab's clock" });
  const seconds = (type, words, step) => {
    const label = put(clock, "label", words);
    return put(label, "input", "", { type, step, min: 0, max: model.get("most"), "data-lm-suppress-shortcuts": "true" });
  };
  const slider = seconds("range", "Move the clock ", Math.max(1, model.get("most") / 120));
  const number = seconds("number", `seconds after ${model.get("begins")} `, 1);

  const both = put(box, "div", "", "walk-both");
  const walk = put(box, "p", "", "mail-caption");
  const places = put(box, "ol", "", "walk-tree");

  const asks = put(box, "div", "", { role: "group", "aria-label": "Ask the resolver again" });
  put(asks, "p", `Ask the resolver again, and say first what will come. New is what ${server} says now.`);
  const buttons = ["old", "new"].map((word) =>
    put(asks, "button", `I say ${word}: ask`, { type: "button", "data-lm-suppress-shortcuts": "true" }));
  const status = put(box, "p", "", { role: "status" });
  const asked = put(box, "ol", "", { "aria-label": "What you said before, and what came" });
  leaveByKeys(box);

  // Python is told one thing at a time: of a slider that is drawn on meanwhile, where it stands then.
  let alive = true, waiting, ahead = [];
  const next = () => {
    box.setAttribute("aria-busy", ahead.length > 0);
    if (!ahead.length || waiting) return;
    waiting = setTimeout(() => { status.textContent = SILENT; }, 2500);
    model.send(ahead[0]);
  };
  const bid = (message) => {
    if (ahead.length > 1 && "to" in message && "to" in ahead.at(-1)) ahead.pop();
    ahead.push(message);
    next();
  };
  slider.addEventListener("input", () => bid({ to: Number(slider.value) }));
  const set = () => bid({ to: Math.floor(Number(number.value)) });
  number.addEventListener("change", set);
  number.addEventListener("keydown", ({ key, shiftKey, ctrlKey, altKey }) => {
    if (key === "Enter" && !(shiftKey || ctrlKey || altKey)) set();
  });
  buttons.forEach((button, n) => button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") bid({ say: n ? "new" : "old" });
  }));

  const copy = (parent, [share, words]) => {
    const line = put(parent, "p", "", "walk-copy");
    put(put(line, "span", "", { class: "walk-bar", "aria-hidden": "true" }), "span").style.width = `${share * 100}%`;
    put(line, "span", words);
  };
  const show = () => {
    const state = model.get("state");
    const works = alive && state.alive;
    now.textContent = state.now;
    if (ahead.length < 2) slider.value = number.value = state.gone;
    slider.setAttribute("aria-valuetext", `${state.time}, ${state.gone} seconds on`);
    for (const input of [slider, number]) input.disabled = !works;
    for (const button of buttons) button.setAttribute("aria-disabled", !works);
    both.replaceChildren();
    for (const one of [state.says, ...state.keeps]) copy(both, one);
    walk.textContent = state.walk;
    places.replaceChildren();
    for (const { depth, name, steps, copies } of state.places) {
      const place = put(places, "li");
      place.style.setProperty("--depth", depth);
      put(place, "strong", name);
      for (const [n, colour, short, words] of steps) {
        const step = put(place, "p", "", short ? "walk-step walk-short" : "walk-step");
        put(put(step, "span", "", "walk-arrow"), "span", `${n}`);
        put(step, "span", words, colour);
      }
      for (const one of copies) copy(place, one);
    }
    asked.replaceChildren();
    for (const [colour, words] of state.asked) put(asked, "li", words, colour);
    status.textContent = alive ? state.news : RESTARTED;
  };
  const answered = () => {
    clearTimeout(waiting);
    waiting = undefined;
    ahead.shift();
    show();
    next();
  };
  const restarted = () => {
    alive = false;
    show();
  };
  const over = hear(model, { "change:answered": answered, "change:state": show, "comm_live_update": restarted });
  show();
  return () => {
    clearTimeout(waiting);
    over();
  };
}

export default { render };
