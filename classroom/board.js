// Looks again every five seconds, and puts what has changed in place of what was there. Whoever reads may stop that.
const EVERY = 5000;
const button = document.getElementById("pause"), lost = document.getElementById("lost");
let timer = 0;

async function look() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [old, fresh] = [document.querySelector("main"), page.querySelector("main")];
    if (old.innerHTML !== fresh.innerHTML) old.replaceWith(document.adoptNode(fresh));
    lost.textContent = "";
  } catch {
    lost.textContent ||= `No answer since ${new Date().toLocaleTimeString()}: does the hub run?`;
  }
}

function go(on) {
  clearInterval(timer);
  timer = on ? setInterval(look, EVERY) : 0;
  button.textContent = on ? "Hold still" : "Go on";
}

button.addEventListener("click", () => go(!timer));
button.hidden = false;
go(true);
