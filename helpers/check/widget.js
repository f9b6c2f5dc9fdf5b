function render({ model, el }) {
  const group = unique("prediction");
  const fieldset = put(el, "fieldset", undefined, "prediction");
  put(fieldset, "legend", model.get("question"));

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

  leaveByKeys(fieldset, true);

  const status = put(fieldset, "p");
  status.setAttribute("role", "status");

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
  const end = hear(model, { "change:choice": show, "change:noted": show, "comm_live_update": restarted });
  show();
  return () => {
    clearTimeout(waiting);
    end();
  };
}

export default { render };
