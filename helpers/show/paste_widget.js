function render({ model, el }) {
  const label = put(el, "label", "A raw letter, or its header:", { style: "font-size:var(--jp-content-font-size1)" });
  const area = put(el, "textarea", "", {
    id: unique("paste-a-letter"), rows: 6, spellcheck: false, autocomplete: "off", "data-lm-suppress-shortcuts": true,
    style: "box-sizing:border-box;display:block;font:var(--jp-code-font-size, 1em) monospace;width:100%",
  });
  label.htmlFor = area.id;
  leaveByKeys(area);
  const result = put(el, "div", "", { class: "jp-RenderedHTMLCommon", role: "status", style: "box-sizing:border-box" });
  const show = (trees) => result.replaceChildren(...trees.map((tree) => build(tree)));
  let alive = true;
  let waiting;
  const silent = [["p", {}, "The kernel is busy or was restarted. If it was restarted, run this cell again."]];
  area.addEventListener("input", () => {
    clearTimeout(waiting);
    if (!area.value.trim()) return show(model.get("first"));
    waiting = setTimeout(show, 1000, silent);
    if (alive) model.send({ text: area.value.slice(0, 1000000) });
  });
  const answered = (content) => {
    clearTimeout(waiting);
    if (area.value.trim()) show(content.shown);
  };
  const restarted = () => { alive = false; };  // from now on, sending raises an error
  const end = hear(model, { "msg:custom": answered, "comm_live_update": restarted });
  show(model.get("first"));
  return () => {
    clearTimeout(waiting);
    end();
  };
}

export default { render };
