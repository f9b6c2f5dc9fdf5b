// The journey, without a kernel: what it would hear from Python it has with it.
document.querySelectorAll("[data-view]").forEach((place) => {
  const state = JSON.parse(place.querySelector("script").textContent);
  place.replaceChildren();
  const model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes() {}, on() {}, off() {}, send() {},
  };
  window.views[place.dataset.view]({ model, el: place });
});
