"""The paste box as a widget. What is pasted travels as a message, so that it is in no state that could be saved."""

from collections.abc import Callable

import anywidget
import traitlets


class Box(anywidget.AnyWidget):
    """Takes the HTML shown at first, and a function from a pasted text to the HTML shown for it."""

    first = traitlets.Unicode().tag(sync=True)

    def __init__(self, first: str, draw: Callable[[str], str]):
        super().__init__(first=first)
        self._draw = draw
        self.on_msg(self._answer)

    def _answer(self, _, content: dict, buffers: object) -> None:
        self.send({"html": self._draw(str(content.get("text", "")))})

    _esm = """
let boxes = 0;

function render({ model, el }) {
  const label = document.createElement("label");
  label.textContent = "A raw letter, or its header:";
  const area = document.createElement("textarea");
  area.id = `paste-a-letter-${++boxes}`;
  label.htmlFor = area.id;
  area.rows = 6;
  area.spellcheck = false;
  area.autocomplete = "off";
  area.dataset.lmSuppressShortcuts = "true";
  area.style.cssText = "box-sizing:border-box;display:block;font-family:monospace;width:100%";
  const result = document.createElement("div");
  result.setAttribute("role", "status");
  const show = (html) => { result.innerHTML = html; };  // every text in it was escaped by the kernel
  let alive = true;
  let waiting;
  const silent = "<p>The kernel is busy or was restarted. If it was restarted, run this cell again.</p>";
  area.addEventListener("input", () => {
    clearTimeout(waiting);
    if (!area.value.trim()) return show(model.get("first"));
    waiting = setTimeout(show, 1000, silent);
    if (alive) model.send({ text: area.value.slice(0, 1000000) });
  });
  const answered = (content) => {
    clearTimeout(waiting);
    if (area.value.trim()) show(content.html);
  };
  const restarted = () => { alive = false; };  // from now on, sending raises an error
  model.on("msg:custom", answered);
  model.on("comm_live_update", restarted);
  show(model.get("first"));
  el.append(label, area, result);
  return () => {
    clearTimeout(waiting);
    model.off("msg:custom", answered);
    model.off("comm_live_update", restarted);
  };
}

export default { render };
"""
