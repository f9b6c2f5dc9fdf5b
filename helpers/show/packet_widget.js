const SILENT = "Not done yet: the kernel is busy or gone.";
const GONE = "The kernel was restarted. To go on, run this cell again.";

function render({ model, el }) {
  const { change, blind } = model.get("modes");
  const keys = { "data-lm-suppress-shortcuts": "true" };
  const box = put(el, "section", "", { class: "packet", "aria-label": "Packet" });
  let about = model.get("usage"), waiting;

  const parts = model.get("messages").map(({ title }, message) => {
    const group = put(box, "div", "", { role: "group", "aria-label": title });
    put(group, "p", title, "mail-caption");
    const top = put(group, "div", "", "packet-top");
    const grid = put(top, "div", "", { role: "grid", "aria-label": "Octets" });
    const beside = put(top, "div");
    const status = put(beside, "p", "", { role: "status" });
    const trouble = put(beside, "p", "", { class: "mail-bad", role: "status" });
    const list = put(group, "div", "", { class: "packet-list", role: "listbox", "aria-label": "Meanings" });
    let octets, items, said, chosen = [0], input, act;

    const send = (what) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { status.textContent = SILENT; }, 2500);
      model.send({ message, at: chosen[0], ...what });
    };
    const button = (text, act) => put(beside, "button", text, keys).addEventListener("click", act);
    if (blind) {
      act = () => send({ do: "ask" });
      button("Ask", act);
      button("Ask all", () => send({ do: "all" }));
    }
    if (change) {
      input = put(put(beside, "label", "Another octet: "), "input", "", { size: 2, maxlength: 2, ...keys });
      const now = () => {
        if (/^[\da-f]{1,2}$/i.test(input.value)) send({ do: "change", octet: parseInt(input.value, 16) });
        else status.textContent = "Two hexadecimal digits: 00 to ff.";
      };
      input.addEventListener("keydown", ({ key, shiftKey }) => key === "Enter" && !shiftKey && now());
      button("Change it", now);
      button("As it was", () => send({ do: "back" }));
      act = () => input.select();
    }

    // Octets and their meaning are lit, and what a pointer leads to is framed.
    const light = (at, item, words) => {
      octets.forEach(({ classList }, n) => {
        classList.toggle("mail-marked", item ? item.start <= n && n < item.end : n === at);
        classList.toggle("packet-led", !!item?.leads.includes(n));
      });
      items.forEach((one) => one.node.classList.toggle("mail-marked", one === item));
      status.textContent = words;
    };
    const again = () => light(...(said ? [...chosen, said] : [-1, undefined, about]));
    const choose = (at, item, words) => {
      chosen = [at, item];
      said = words;
      again();
      octets.forEach((octet, n) => {
        octet.tabIndex = -(n !== at);
        octet.ariaSelected = !!words && n === at;
      });
      items.forEach(({ node }) => {
        node.tabIndex = -(node !== (item ?? items[0]).node);
        node.ariaSelected = !!words && node === item?.node;
      });
      if (input) input.value = octets[at].textContent;
    };
    const offer = (node, ...one) => {
      node.addEventListener("focus", () => choose(...one));
      node.addEventListener("click", () => node.focus());
      node.addEventListener("pointerenter", () => light(...one));
    };
    group.addEventListener("pointerleave", again);
    const walk = (holder, nodes, line, enter) => holder.addEventListener("keydown", (event) => {
      const all = nodes(), now = all.indexOf(event.target);
      if (now < 0 || event.shiftKey || event.ctrlKey || event.altKey) return;
      const next = { Home: 0, End: all.length - 1, ArrowRight: now + 1, ArrowLeft: now - 1,
        ArrowDown: now + line(), ArrowUp: now - line() }[event.key];
      if (next !== undefined) all[next]?.focus();
      else if (enter && (event.key === "Enter" || event.key === " ")) enter();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    walk(grid, () => octets, () => getComputedStyle(grid.firstChild).gridTemplateColumns.split(" ").length - 1, act);
    walk(list, () => items.map(({ node }) => node), () => 1);

    return () => {
      const held = group.contains(document.activeElement);
      const state = model.get("messages")[message];
      grid.replaceChildren();
      list.replaceChildren();
      let bits;
      items = state.meanings.map(({ text, said, digits, ...item }) => {
        bits = digits && (bits || put(list, "div", "", { class: "packet-bits", role: "group", "aria-label": "Bit by bit" }));
        const node = put(bits || list, "div", "", { role: "option", ...keys });
        if (digits) node.ariaLabel = said;
        for (const digit of digits) put(node, "code", digit);
        put(node, "span", text);
        item.node = node;
        offer(node, item.start, item, said);
        return item;
      });
      const meaning = (at) => items.find(({ start, end }) => start <= at && at < end);
      octets = state.octets.map(([digits, kinds, words], at) => {
        if (at % 16 === 0) put(put(grid, "div", "", { role: "row" }), "span", at, { role: "rowheader" });
        const octet = put(grid.lastChild, "span", digits, { class: kinds, role: "gridcell", ...keys });
        offer(octet, at, meaning(at), words);
        return octet;
      });
      trouble.textContent = state.trouble;
      const [at] = chosen;
      choose(at, meaning(at), said && state.octets[at][2]);
      if (held) octets[at].focus();
    };
  });
  leaveByKeys(box);

  const over = hear(model, {
    "change:answered": () => clearTimeout(waiting),
    "change": () => parts.forEach((draw) => draw()),
    "comm_live_update": () => {
      clearTimeout(waiting);
      about = GONE;
      box.querySelectorAll("[role=status]:first-child").forEach((one) => { one.textContent = GONE; });
      box.querySelectorAll("input, button").forEach((one) => { one.disabled = true; });
    },
  });
  parts.forEach((draw) => draw());
  return () => {
    clearTimeout(waiting);
    over();
  };
}

export default { render };
