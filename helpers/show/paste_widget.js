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
