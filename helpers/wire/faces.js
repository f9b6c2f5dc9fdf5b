// What the course's views share. Python puts it before each of them, since anywidget takes one module.

// Adds an element to another, with attributes or just a class. What it says is text, never markup: strangers may have
// written it.
const put = (parent, tag, text = "", given = {}) => {
  const element = document.createElement(tag);
  element.textContent = text;
  const attributes = typeof given === "string" ? { class: given } : given;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
};

// A name that no other element of the page has. Each view is a module of its own, so none can count the others.
const unique = (name) => `${name}-${Math.random().toString(36).slice(2)}`;

// Makes what Python sends as a tree: [tag, attributes, ...children], a child being a tree or text. Only what pictures and
// static faces are made of becomes an element or an attribute, so nothing in a tree can run or call out.
const TAGS = new Set(("br circle code details div em g h3 li ol p path pre rect span strong summary svg table tbody td text th " +
  "thead tr tspan ul caption").split(" "));
const ATTRIBUTES = new Set("class d data-step fill height open r rx scope style viewBox width x y cx cy role tabindex".split(" "));
const build = (tree, drawn = false) => {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [tag, attributes, ...children] = tree;
  const svg = drawn || tag === "svg";
  const known = TAGS.has(tag) ? tag : svg ? "g" : "span";
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", known) : document.createElement(known);
  for (const [name, value] of Object.entries(attributes)) {
    if (ATTRIBUTES.has(name) || name.startsWith("aria-")) element.setAttribute(name, value);
  }
  if (tag === "summary") element.setAttribute("data-lm-suppress-shortcuts", "true");
  element.append(...children.map((child) => build(child, svg)));
  return element;
};

// JupyterLab hears no key of what is marked `data-lm-suppress-shortcuts`. Escape goes back to its notebook, and Shift+Enter
// (or any Enter that the view has no use for) runs on from there.
const leaveByKeys = (box, plainEnter = false) => box.addEventListener("keydown", (event) => {
  const { key, code, keyCode, shiftKey, ctrlKey, altKey } = event;
  const held = shiftKey || ctrlKey || altKey;
  const notebook = box.closest(".jp-Notebook");
  if (!notebook || !(key === "Escape" || (key === "Enter" && (held || plainEnter)))) return;
  event.preventDefault();
  event.stopPropagation();
  document.activeElement.blur();
  notebook.focus();
  if (key === "Enter") {
    notebook.dispatchEvent(new KeyboardEvent("keydown",
      { key, code, keyCode, shiftKey: shiftKey || !held, ctrlKey, altKey, bubbles: true, cancelable: true }));
  }
});

// Hear events of a model, by name; gives what ends that.
const hear = (model, heard) => {
  for (const [event, call] of Object.entries(heard)) model.on(event, call);
  return () => { for (const [event, call] of Object.entries(heard)) model.off(event, call); };
};
