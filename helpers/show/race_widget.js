// Three life lines, and time down the page: each datagram is a tab, and what it is compared by is the panel.
function render({ model, el }) {
  const box = put(el, "section", "", { class: "mail-race jp-RenderedHTMLCommon", "aria-label": "A race for an answer" });
  put(box, "p", model.get("title"), "mail-caption");
  const lanes = model.get("lanes"), rows = model.get("rows");
  const head = put(box, "div", "", { class: "race-row", "aria-hidden": "true" });
  put(head, "span", "ms");
  lanes.forEach((name, n) => { put(head, "strong", name).style.gridColumn = `${2 * n + 2} / span 2`; });
  const list = put(box, "div", "", { role: "tablist", "aria-orientation": "vertical", "aria-label": "Datagrams, in order" });
  const panel = put(box, "div", "", { role: "tabpanel" });
  const status = put(box, "p", "", { role: "status" });

  const tabs = rows.map(({ after, from, to, said, fate }, n) => {
    const time = after.toFixed(1), way = `${n + 1}, after ${time} ms: ${lanes[from]} to ${lanes[to]}`;
    const tab = put(list, "div", "", { class: "race-row", role: "tab", "aria-selected": "false", tabindex: "-1",
      "aria-label": `${way}, ${said}${fate && `. ${fate}`}`, "data-lm-suppress-shortcuts": "true" });
    tab.style.paddingTop = `${n && Math.min(after - rows[n - 1].after, 1000) * 0.3}px`;
    put(tab, "span", time);
    const arrow = put(tab, "span", "", `race-arrow ${from < to ? "mail-client" : from === 1 ? "mail-server" : "mail-wait"}`);
    arrow.style.gridColumn = `${2 * Math.min(from, to) + 3} / ${2 * Math.max(from, to) + 3}`;
    put(arrow, "span", said, "race-said");
    put(arrow, "span", from < to ? "▶" : "◀", from < to ? "race-right" : "race-left");
    if (fate) put(tab, "strong", fate, `race-fate mail-${fate[0] === "✓" ? "good" : "bad"}`);
    return tab;
  });

  const reach = (number) => tabs.forEach((tab, n) => tab.setAttribute("tabindex", n === number ? "0" : "-1"));
  const choose = (number) => {
    reach(number);
    tabs.forEach((tab, n) => tab.setAttribute("aria-selected", n === number));
    panel.setAttribute("aria-label", `Datagram ${number + 1}`);
    const table = document.createElement("table");
    const { facts, fate } = rows[number];
    const names = ["", "Asked", "Came"].slice(0, facts[0].length);
    const top = put(put(table, "thead"), "tr");
    for (const name of names) put(top, name ? "th" : "td", name, name ? { scope: "col" } : {});
    const body = put(table, "tbody");
    for (const [name, asked, came, sign] of facts) {
      const row = put(body, "tr");
      put(row, "th", sign ? `${sign} ${name}` : name, { scope: "row" });
      for (const one of sign ? [asked, came] : [asked]) put(row, "td", one);
    }
    panel.replaceChildren(table);
    status.textContent = `Datagram ${number + 1} of ${rows.length}${fate && `: ${fate}`}.`;
  };

  list.addEventListener("click", (event) => {
    const number = tabs.indexOf(event.target.closest("[role=tab]"));
    if (number >= 0) choose(number);
  });
  list.addEventListener("keydown", (event) => {
    const now = tabs.indexOf(event.target), last = tabs.length - 1;
    const moved = { ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, Home: 0, End: last };
    if (now < 0 || !(event.key in moved) || event.shiftKey || event.ctrlKey || event.altKey) return;
    const next = Math.max(0, Math.min(last, moved[event.key]));
    choose(next);
    tabs[next].focus();
    event.preventDefault();
    event.stopPropagation();
  });
  leaveByKeys(box, true);
  choose(0);
  return hear(model, { "comm_live_update": () => {
    status.textContent = "The kernel was restarted. This is the race that was run before.";
  } });
}

export default { render };
