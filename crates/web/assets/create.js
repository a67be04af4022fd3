// The wish: what it costs as it changes, and the free look at oneself, made anew when what it shows changes.

const form = document.querySelector("[data-create]");
const look = document.querySelector("[data-look]");
const number = new Intl.NumberFormat();

function tellCost() {
  const { price, balance } = form.dataset;
  const count = Number(new FormData(form).get("count"));
  const whole = count * Number(price);
  const button = form.querySelector("[data-create-button]");
  button.textContent = count === 1 ? "Make one picture" : `Make ${number.format(count)} pictures`;
  if (Number(price) === 0) return;
  const cost = form.querySelector("[data-cost]");
  const enough = whole <= Number(balance);
  cost.textContent = enough
    ? `${number.format(whole)} ${whole === 1 ? "credit" : "credits"}, of the ${number.format(balance)} you have. What fails comes back.`
    : `${number.format(whole)} credits are needed, and you have ${number.format(balance)}.`;
  button.disabled = !enough;
}

let timer;
let asked = 0;
function lookAnew() {
  if (!look) return;
  const fields = new FormData(form);
  const query = new URLSearchParams();
  for (const name of ["photo", "shape", "background", "colour", "title"]) {
    const value = fields.get(name);
    if (value) query.set(name, value);
  }
  // A picture of one's own is only here when the form is sent.
  if (query.get("background") === "picture") query.delete("background");
  if (!query.get("photo")) return;
  const address = `${look.dataset.look}?${query}`;
  clearTimeout(timer);
  timer = setTimeout(() => load(address), 350);
}

function load(address) {
  const picture = look.querySelector("[data-look-picture]");
  const state = look.querySelector("[data-look-state]");
  const turn = ++asked;
  look.classList.add("waiting");
  const fresh = new Image();
  fresh.addEventListener("load", () => {
    if (turn !== asked) return;
    picture.src = fresh.src;
    picture.width = fresh.naturalWidth;
    picture.height = fresh.naturalHeight;
    look.classList.remove("waiting");
    state.textContent = "You, as a quick look: small and free.";
  });
  fresh.addEventListener("error", () => {
    if (turn !== asked) return;
    look.classList.remove("waiting");
    state.textContent = "No look this time. The pictures themselves may still work.";
  });
  fresh.src = address;
}

if (form) {
  // Sent twice by a hasty hand, it is one wish.
  const key = document.createElement("input");
  key.type = "hidden";
  key.name = "key";
  key.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  form.append(key);
  form.addEventListener("input", tellCost);
  form.addEventListener("change", (event) => {
    if (!["count", "note", "picture"].includes(event.target.name)) lookAnew();
  });
  tellCost();
}

if (look) {
  const picture = look.querySelector("[data-look-picture]");
  if (!picture.complete) {
    look.classList.add("waiting");
    for (const name of ["load", "error"]) picture.addEventListener(name, () => look.classList.remove("waiting"), { once: true });
  }
}
