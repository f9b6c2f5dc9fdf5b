function render({ model, el }) {
  const box = put(el, "section", "", { class: "mail-queue", "aria-label": "The queue along time" });
  put(box, "p", model.get("title"), "mail-caption");
  const list = put(box, "div", "", {
    class: "mail-lanes", role: "listbox", "aria-label": "Events, in order of time", "aria-orientation": "horizontal",
  });
  const status = put(box, "p", "", { role: "status" });
  const events = model.get("events");
  const lanes = new Map();
  for (const { letter } of events) {
    if (lanes.has(letter)) continue;
    const row = put(list, "div", "", { class: "mail-lane", role: "group", "aria-label": `letter ${letter}` });
    put(row, "span", `letter ${letter}`, { class: "mail-name", "aria-hidden": "true" });
    lanes.set(letter, put(row, "div", "", { class: "mail-track", role: "presentation" }));
  }
  const ruler = put(list, "div", "", { class: "mail-lane", "aria-hidden": "true" });
  put(ruler, "span", "", "mail-name");
  const days = put(ruler, "div", "", "mail-track mail-days");
  const ticks = model.get("days").map(({ at, text }) => [put(days, "span", text, at > 0.9 ? "mail-late" : ""), at]);

  // Each event is a mark on its letter's line.
  const marks = events.map(({ letter, sign, colour, said }, n) => put(lanes.get(letter), "span", sign, {
    class: `mail-mark ${colour}`, role: "option", id: `${model.model_id ?? "queue"}-${n}`, "aria-label": said,
    "aria-selected": "false", tabindex: "-1", "data-lm-suppress-shortcuts": "true",
  }));

  // Two that fall together stand side by side, and of more the later ones are drawn on top. Of a try that ends as
  // the one before and has no room for its sign, a dot is left.
  const place = () => {
    const em = parseFloat(getComputedStyle(list).fontSize);
    const room = days.clientWidth - 2.4 * em;
    let free = 0;
    for (const [tick, at] of ticks) {
      tick.style.left = `${at * room + 0.6 * em}px`;
      const { left, right } = tick.getBoundingClientRect();
      tick.style.visibility = left < free ? "hidden" : "visible";
      if (left >= free) free = right + 0.3 * em;
    }
    const taken = new Map();
    marks.forEach((mark, n) => {
      const { letter, sign, at } = events[n];
      const tried = mark.classList.contains("mail-try"), row = `${letter} ${tried}`;
      const here = at * room;
      const before = taken.get(row) ?? { edge: -em };
      const again = tried && sign === before.sign && here < before.last + em;
      const half = (again ? 0.2 : 0.5) * em;
      const left = Math.max(here, Math.min(before.edge + half, here + 1.2 * em));
      taken.set(row, { sign, last: again ? before.last : left, edge: left + half });
      mark.textContent = again ? "·" : sign;
      mark.style.left = `${left}px`;
    });
  };
  new ResizeObserver(place).observe(days);
  let now = 0;
  const choose = (number, focus) => {
    marks[now].setAttribute("aria-selected", "false");
    marks[now].setAttribute("tabindex", "-1");
    now = number;
    marks[now].setAttribute("aria-selected", "true");
    marks[now].setAttribute("tabindex", "0");
    if (focus) marks[now].focus();
    status.textContent = events[now].said;
  };
  list.addEventListener("click", (event) => {
    const number = marks.indexOf(event.target.closest("[role=option]"));
    if (number >= 0) choose(number, true);
  });
  list.addEventListener("keydown", (event) => {
    if (event.shiftKey || event.ctrlKey || event.altKey) return;
    const last = marks.length - 1;
    const beside = (step) => {  // the next event of another letter, in order of time
      let number = now + step;
      while (events[number] && events[number].letter === events[now].letter) number += step;
      return events[number] ? number : now;
    };
    const moved = {
      ArrowRight: () => Math.min(now + 1, last), ArrowLeft: () => Math.max(now - 1, 0),
      ArrowDown: () => beside(1), ArrowUp: () => beside(-1), Home: () => 0, End: () => last,
    };
    if (!(event.key in moved)) return;
    choose(moved[event.key](), true);
    event.preventDefault();
    event.stopPropagation();
  });
  leaveByKeys(box, true);
  marks[0].setAttribute("tabindex", "0");
  status.textContent = `${events.length} events. The arrow keys walk from one to the next.`;
  return hear(model, {
    comm_live_update: () => { status.textContent = "The kernel was restarted. This is the queue from before."; },
  });
}

export default { render };
