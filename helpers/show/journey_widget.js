function render({ model, el }) {
  const box = put(el, "div", "", { class: "journey" });
  const drawing = build(model.get("drawing"));
  drawing.setAttribute("role", "tablist");
  drawing.setAttribute("aria-label", "The steps of the journey");
  const top = put(box, "div", "", { class: "journey-top" });
  top.append(drawing);
  const words = put(top, "div");
  const ends = put(words, "div", "", { class: "journey-ends", role: "status" });
  const said = put(words, "p", "", { role: "status" });
  const again = put(words, "button", "Play it again", { type: "button", "data-lm-suppress-shortcuts": "true" });
  const panel = put(box, "div", "", { class: "jp-RenderedHTMLCommon", role: "tabpanel" });

  const stops = model.get("stops");
  const tabs = [...drawing.querySelectorAll("[role=tab]")];
  tabs.forEach((tab) => tab.setAttribute("data-lm-suppress-shortcuts", "true"));
  const reach = (number) => tabs.forEach((tab, n) => tab.setAttribute("tabindex", n === number ? "0" : "-1"));
  const choose = (number) => {
    finish();
    reach(number);
    tabs.forEach((tab, n) => tab.setAttribute("aria-selected", n === number));
    panel.replaceChildren(...stops[number].shown.map((tree) => build(tree)));
    panel.setAttribute("aria-label", tabs[number].getAttribute("aria-label"));
    panel.hidden = stops[number].shown.length === 0;
    said.textContent = stops[number].said;
  };

  // Once, when it is first seen, and then as often as one likes: the steps light up in order, the letter goes its way.
  const { lights, back, letter, seconds } = model.get("route");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const post = drawing.querySelector(".journey-post"), lies = post.style.transform;
  // What was just run is to be seen, also where it begins at the window's foot.
  const show = () => {
    if (box.closest(".jp-Cell")?.nextElementSibling?.matches(".jp-mod-active")) top.scrollIntoView({ block: "nearest" });
  };
  let begins;
  const finish = () => {
    begins?.disconnect();
    post.style.transform = lies;
    drawing.classList.remove("journey-plays", "journey-runs");
    drawing.getAnimations({ subtree: true }).forEach((one) => one.cancel());
    again.hidden = still;
    if (ends.childElementCount > 0) return;
    for (const [kind, words] of model.get("ends")) put(ends, "p", words, { class: `mail-${kind}` });
    said.textContent = model.get("closed");
  };
  const wait = () => {
    drawing.style.setProperty("--at", `${back}s`);
    tabs.forEach((tab) => tab.style.setProperty("--at", `${lights[tab.dataset.step] ?? 0}s`));
    drawing.classList.add("journey-plays");
    post.style.transform = `translate(${letter[0][0]}px, ${letter[0][1]}px)`;
  };
  const play = () => {
    drawing.classList.add("journey-runs");
    const at = ([x, y, time]) => ({ transform: `translate(${x}px, ${y}px)`, offset: Math.min(1, time / seconds) });
    post.animate([...letter.map(at), { ...at(letter.at(-1)), offset: 1 }], seconds * 1000)
      .finished.then(finish, () => {});
  };
  again.addEventListener("click", () => {
    finish();
    ends.replaceChildren();
    said.textContent = "";
    drawing.getBoundingClientRect();  // only what was drawn without them begins its animations anew
    wait();
    play();
  });
  again.hidden = true;
  if (model.get("plays") && !still) {
    wait();  // to be seen
    begins = new IntersectionObserver((seen) => {
      show();
      if (!seen.some((one) => one.isIntersecting)) return;
      begins.disconnect();
      model.set("plays", false);
      model.save_changes();
      play();
    }, { threshold: 0.6 });
    begins.observe(drawing);
  } else finish();

  drawing.addEventListener("click", (event) => {
    const number = tabs.indexOf(event.target.closest("[role=tab]"));
    if (number >= 0) choose(number);
  });
  drawing.addEventListener("keydown", (event) => {
    const now = tabs.indexOf(event.target);
    const moved = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: tabs.length - 1 };
    if (now < 0 || event.shiftKey || event.ctrlKey || event.altKey) return;
    if (event.key in moved) {
      const next = (moved[event.key] + tabs.length) % tabs.length;
      reach(next);
      tabs[next].focus();
    } else if (event.key === "Enter" || event.key === " ") choose(now);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  leaveByKeys(box);
  panel.hidden = true;
  reach(0);
  if (model.get("chosen")) choose(model.get("chosen") - 1);

  const restarted = () => { said.textContent = "The kernel was restarted. This is the letter that was sent before."; };
  model.on("comm_live_update", restarted);
  return () => {
    begins?.disconnect();
    model.off("comm_live_update", restarted);
  };
}

export default { render };
