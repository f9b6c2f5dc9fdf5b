const GONE = "The kernel was restarted, and no more letters come. Run the cells again from the top.";
const KEYS = { "data-lm-suppress-shortcuts": "true" };

// Text in which an address is broken before its @ or not at all.
const say = (parent, text) => {
  for (const word of text.split(/(\s+)/)) {
    word.split(/(?=@)/).forEach((half, n, { length }) => {
      if (n > 0) put(parent, "wbr");
      if (length > 1 && half.length < 25) put(parent, "span", half, "mail-half");
      else parent.append(half);
    });
  }
};

function render({ model, el }) {
  const box = put(el, "section", "", { class: "mail-inbox", "aria-label": model.get("title") });
  put(box, "p", model.get("title"), "mail-caption");
  const status = put(box, "p", "", { role: "status" });
  const list = put(box, "div", "", { class: "mail-letters", role: "listbox", "aria-label": "Letters, newest first" });
  const letter = put(box, "section", "", "mail-letter");
  leaveByKeys(box);

  let newest = 0, alive = true, reached;
  const reach = (option) => {
    reached?.setAttribute("tabindex", "-1");
    reached = option;
    reached?.setAttribute("tabindex", "0");
  };
  const open = (number, part) => {
    status.textContent = alive ? `Asking for letter ${number}. A cell that runs is first.` : GONE;
    if (alive) model.send({ number: Number(number), part });
  };
  const option = (row, fresh) => {
    const { number, from, subject, when, badge } = row;
    const given = { role: "option", "aria-selected": false, tabindex: -1, "data-number": number, class: fresh ? "mail-new" : "" };
    const one = put(document.createDocumentFragment(), "div", "", { ...given, ...KEYS });
    put(one, "span", "●", { class: "mail-more", "aria-hidden": true });
    say(put(one, "strong"), from || "(no From:)");
    put(one, "span", subject || "(no Subject:)", "mail-subject");
    put(one, "span", when);
    if (badge) put(one, "span", `≠ ${badge}`, "mail-badge mail-wait");
    return one;
  };
  const fill = () => {
    const rows = [...model.get("rows"), ...model.get("recent")];
    const count = model.get("count");
    const fresh = rows.filter((row) => row.number > newest);
    const said = count === 0 ? "No letters yet." : count === 1 ? "1 letter." : `${count} letters.`;
    const last = newest > 0 || model.get("rows").length === 0 ? fresh.at(-1) : undefined;
    status.textContent = said + (last ? ` New: from \u2068${last.from || "nobody"}\u2069, \u2068${last.subject}\u2069.` : "") +
      (count > rows.length ? ` The newest ${rows.length} are listed.` : "");
    list.prepend(...fresh.map((row) => option(row, last)).reverse());
    newest = rows.at(-1)?.number ?? 0;
    while (list.childElementCount > rows.length) list.lastChild.remove();
    if (!list.contains(document.activeElement)) reach(list.firstChild);
  };

  const show = () => {
    const { number, badge, envelope, header, parts, part, text, page, note } = model.get("opened");
    letter.hidden = number === undefined;
    if (letter.hidden) return;
    for (const one of list.children) one.setAttribute("aria-selected", one.dataset.number === String(number));
    list.querySelectorAll("[aria-selected=true] > :first-child").forEach((sign) => { sign.textContent = "○"; });
    const within = letter.contains(document.activeElement);
    letter.replaceChildren();
    letter.setAttribute("aria-label", `Letter ${number}`);
    if (badge) put(letter, "p", `≠ ${badge}`, "mail-wait mail-caption");
    for (const [ground, facts] of [["envelope", envelope], ["header", header]]) {
      const about = put(letter, "dl", "", `mail-${ground}`);
      for (const [name, value] of facts) {
        put(about, "dt", name, "mail-caption");
        say(put(about, "dd"), value || "(none)");
      }
    }
    if (text) put(letter, "pre", text, "mail-body mail-text");
    if (page) put(letter, "iframe", "", { sandbox: "", title: "HTML, without rights", srcdoc: page });
    if (note) put(letter, "p", note, "mail-aside");
    if (parts.length > 1 || part < 0) {
      const all = put(letter, "ul", "", { "aria-label": "Parts" });
      parts.forEach(({ name, about, reads }, n) => {
        const item = put(all, "li");
        const says = [name, about].filter(Boolean).join(", ");
        if (!reads) return item.append(`${says}: not opened`);
        put(item, "button", `${reads}: ${says}`, { type: "button", "aria-pressed": n === part, ...KEYS })
          .addEventListener("click", () => open(number, n));
      });
    }
    if (within) letter.querySelector("[aria-pressed=true]")?.focus();
  };

  list.addEventListener("click", (event) => {
    const one = event.target.closest("[role=option]");
    if (!one) return;
    reach(one);
    one.focus();
    open(one.dataset.number);
  });
  list.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.shiftKey || event.ctrlKey || event.altKey) return;
    const next = { ArrowDown: target.nextSibling, ArrowUp: target.previousSibling, Home: list.firstChild, End: list.lastChild };
    if (key in next) {
      if (next[key]) reach(next[key]);
      reached.focus();
    } else if (key === "Enter" || key === " ") open(target.dataset.number);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const restarted = () => {
    alive = false;
    status.textContent = GONE;
  };
  const over = hear(model, {
    "change:count": fill,
    "change:opened": show,
    "change:answered": () => { status.textContent = `Letter ${model.get("opened").number} is open.`; },
    "comm_live_update": restarted,
  });
  fill();
  show();
  return over;
}

export default { render };
