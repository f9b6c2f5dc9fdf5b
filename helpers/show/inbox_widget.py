"""The view of an inbox as a widget: a table whose cells are set as text, so that no letter can be markup."""

import anywidget
import traitlets


class InboxView(anywidget.AnyWidget):
    """`letters` are dicts of text, all with the same keys in the same order; `count` is how many came in all."""

    title = traitlets.Unicode().tag(sync=True)
    letters = traitlets.List().tag(sync=True)
    count = traitlets.Int().tag(sync=True)

    _esm = """
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
"""

    _css = """
.live-inbox {
  border: 1px solid var(--jp-border-color1, currentColor);
  border-radius: 4px;
  color: var(--jp-content-font-color1, inherit);
  font-family: var(--jp-content-font-family, inherit);
  font-size: var(--jp-content-font-size1, inherit);
  padding: 0.5em 1em;
}
.live-inbox p { margin: 0 0 0.5em; }
.live-inbox table { border-collapse: collapse; }
.live-inbox caption { font-weight: bold; text-align: left; }
.live-inbox th, .live-inbox td {
  border-top: 1px solid var(--jp-border-color2, currentColor);
  overflow-wrap: anywhere;
  padding: 0.25em 1em 0.25em 0;
  text-align: left;
  vertical-align: top;
  white-space: pre-wrap;
}
.live-inbox thead th { overflow-wrap: normal; }
.live-inbox th:first-child { white-space: nowrap; }
"""
