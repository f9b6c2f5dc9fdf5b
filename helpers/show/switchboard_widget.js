function render({ model, el }) {
  const box = put(el, "div", "", "switchboard");
  const picture = put(box, "div", "", "switchboard-picture");
  const list = put(box, "div", "", { class: "switchboard-parts", role: "group", "aria-label": "Whose each part is" });
  const said = put(box, "p", "", { role: "status" });
  let now = 0;

  const reach = (number) => {
    const switches = [...list.querySelectorAll("button")];
    now = (number + switches.length) % switches.length;
    switches.forEach((one, n) => one.setAttribute("tabindex", n === now ? "0" : "-1"));
    return switches[now];
  };
  const draw = () => {
    const held = list.contains(document.activeElement);
    picture.replaceChildren(build(model.get("drawing")));
    list.replaceChildren();
    let before = "";
    for (const { box: name, name: part, whose, calls, both } of model.get("parts")) {
      if (name !== before) put(list, "p", name, "switchboard-box");
      before = name;
      const told = `${part}: ${whose}, called ${calls} times`;
      const one = put(list, "button", "", { "aria-label": told, "aria-disabled": !both, "data-lm-suppress-shortcuts": "true" });
      put(one, "code", part);
      put(one, "span", whose === "the course's" ? `○ ${whose}` : `● ${whose}`);
      put(one, "span", `${calls}`, "switchboard-calls");
    }
    const reached = reach(now);
    if (held) reached.focus();
  };
  const tell = () => { said.textContent = model.get("said"); };
  list.addEventListener("click", (event) => {
    const number = [...list.querySelectorAll("button")].indexOf(event.target.closest("button"));
    if (number < 0) return;
    reach(number);
    const { name, whose } = model.get("parts")[number];
    model.set("wish", [name, whose === "the course's" ? "yours" : "the course's", Date.now()]);
    model.save_changes();
  });
  list.addEventListener("keydown", (event) => {
    const moved = { ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, Home: 0, End: -1 };
    if (!(event.key in moved) || event.shiftKey || event.ctrlKey || event.altKey) return;
    reach(moved[event.key]).focus();
    event.preventDefault();
    event.stopPropagation();
  });
  leaveByKeys(box);
  draw();
  tell();
  const restarted = () => { said.textContent = "The kernel was restarted: run the cell again to switch."; };
  return hear(model, { "change:parts": draw, "change:said": tell, comm_live_update: restarted });
}

export default { render };
