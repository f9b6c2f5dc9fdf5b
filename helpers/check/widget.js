// One group name a view: the same question may be shown twice on a page.
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
