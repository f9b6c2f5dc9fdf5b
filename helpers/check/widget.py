"""The choice of a prediction as a widget: radios in a fieldset, by mouse and by keyboard.

In a focused RadioButtons of ipywidgets JupyterLab takes the arrow keys and letters for itself, so the radios here are
plain ones, each marked with `data-lm-suppress-shortcuts`.

A view outlives its kernel on the page. So it says that a choice is made only when the kernel has answered.
"""

import anywidget
import traitlets


class Choice(anywidget.AnyWidget):
    """`options` are pairs of a letter and its text; `choice` is a letter, or empty while nothing is chosen.

    `noted` is the kernel's answer: the choice that it has heard of.
    """

    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List().tag(sync=True)
    choice = traitlets.Unicode().tag(sync=True)
    noted = traitlets.Unicode().tag(sync=True)

    @traitlets.observe("choice")
    def _note(self, change):
        self.noted = change.new

    # One group name a view: the same question may be shown twice on a page.
    _esm = """
let views = 0;

function render({ model, el }) {
  const group = `prediction-${++views}`;
  const fieldset = document.createElement("fieldset");
  fieldset.className = "prediction";
  const legend = document.createElement("legend");
  legend.textContent = model.get("question");
  fieldset.append(legend);

  const inputs = model.get("options").map(([letter, text]) => {
    const input = document.createElement("input");
    input.type = "radio";
    input.name = group;
    input.value = letter;
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    input.addEventListener("change", () => {
      model.set("choice", letter);
      model.save_changes();
    });
    const label = document.createElement("label");
    label.append(input, ` ${letter}) ${text}`);
    fieldset.append(label);
    return input;
  });

  const status = document.createElement("p");
  status.setAttribute("role", "status");
  fieldset.append(status);

  const silent = "Not noted yet: the kernel is busy or was restarted. If it was restarted, run this cell again.";
  let waiting;
  const say = (words) => { status.textContent = words; };
  const show = () => {
    const choice = model.get("choice");
    for (const input of inputs) input.checked = input.value === choice;
    clearTimeout(waiting);
    if (choice === model.get("noted")) say(choice ? `You predict ${choice}.` : "Nothing chosen yet.");
    else waiting = setTimeout(say, 1000, silent);
  };
  const restarted = () => say("The kernel was restarted. To choose, run this cell again.");
  model.on("change:choice", show);
  model.on("change:noted", show);
  model.on("comm_live_update", restarted);
  show();
  el.append(fieldset);
  return () => {
    clearTimeout(waiting);
    model.off("change:choice", show);
    model.off("change:noted", show);
    model.off("comm_live_update", restarted);
  };
}

export default { render };
"""

    _css = """
.prediction {
  border: 1px solid var(--jp-border-color1, currentColor);
  border-radius: 4px;
  color: var(--jp-content-font-color1, inherit);
  font-family: var(--jp-content-font-family, inherit);
  font-size: var(--jp-content-font-size1, inherit);
  line-height: 1.5;
  margin: 0;
  padding: 0.25em 1em 0.5em;
}
.prediction legend { float: left; font-weight: bold; margin: 0.25em 0; padding: 0; width: 100%; }
.prediction label { clear: both; cursor: pointer; display: block; padding: 0.15em 0; }
.prediction input { accent-color: var(--jp-brand-color1, auto); margin: 0 0.25em 0 0; }
.prediction input:focus-visible { outline: 2px solid var(--jp-brand-color1, Highlight); outline-offset: 2px; }
.prediction p { margin: 0.25em 0 0; }
[data-jp-theme-light="false"] .prediction { color-scheme: dark; }
"""
