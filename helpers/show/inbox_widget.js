const put = (parent, tag, text) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
};

function render({ model, el }) {
  const box = put(el, "div");
  box.className = "live-inbox";
  const status = put(box, "p", "");
  status.setAttribute("role", "status");
  const table = put(box, "table");

  const show = () => {
    const letters = model.get("letters");
    const count = model.get("count");
    status.textContent = count === 0 ? "No letters yet." : count === 1 ? "1 letter." : `${count} letters.`;
    table.replaceChildren();
    put(table, "caption", model.get("title"));
    if (letters.length === 0) return;
    const head = put(put(table, "thead"), "tr");
    for (const name of Object.keys(letters[0])) put(head, "th", name).scope = "col";
    const body = put(table, "tbody");
    for (const letter of letters) {
      const row = put(body, "tr");
      Object.values(letter).forEach((text, n) => {
        const cell = put(row, n === 0 ? "th" : "td", text);
        if (n === 0) cell.scope = "row";
      });
    }
  };
  const restarted = () => {
    status.textContent = "The kernel was restarted, and no more letters come. Run the cells again from the top.";
  };
  model.on("change:letters", show);
  model.on("change:count", show);
  model.on("comm_live_update", restarted);
  show();
  return () => {
    model.off("change:letters", show);
    model.off("change:count", show);
    model.off("comm_live_update", restarted);
  };
}

export default { render };
