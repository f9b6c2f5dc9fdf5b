// The views that move without a kernel: what one would hear from Python it has with it.
const drawn = [...document.querySelectorAll("[data-view]")].map((place) => {
  const state = JSON.parse(place.querySelector("script").textContent);
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes() {}, on() {}, off() {}, send() {},
  };
  let over;
  const draw = () => {
    over?.();
    place.replaceChildren();
    over = window.views[place.dataset.view]({ model, el: place });
  };
  draw();
  return { state, draw };
});

// On paper nothing can be opened, and nothing moves: what has not played is shown as it ends.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open])")];
  opened.forEach((one) => { one.open = true; });
  drawn.filter(({ state }) => state.plays).forEach(({ state, draw }) => {
    state.plays = false;
    draw();
  });
});
addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));
