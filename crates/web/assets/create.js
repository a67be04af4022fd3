// The wish: what it costs as it changes, and the free look at oneself, made anew when what it shows changes.

import { follow } from "/assets/look.js";
import { once } from "/assets/once.js";

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

function query() {
  const fields = new FormData(form);
  if (!fields.get("photo")) return null;
  const parameters = new URLSearchParams();
  for (const name of ["photo", "shape", "background", "colour", "title"]) {
    const value = fields.get(name);
    if (value) parameters.set(name, value);
  }
  // A picture of one's own is only here when the form is sent.
  if (parameters.get("background") === "picture") parameters.delete("background");
  return parameters;
}

if (form) {
  once(form);
  form.addEventListener("input", tellCost);
  tellCost();
}

if (form && look) {
  const lookAnew = follow(look, query, "You, as a quick look: small and free.");
  form.addEventListener("change", (event) => {
    if (!["count", "note", "picture"].includes(event.target.name)) lookAnew();
  });
}
