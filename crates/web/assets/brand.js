// The brand kit: a cover shows colours and font as they are chosen, before they are kept.

import { follow } from "/assets/look.js";

const form = document.querySelector("[data-brand]");
const look = document.querySelector("[data-look]");

function query() {
  const fields = new FormData(form);
  const parameters = new URLSearchParams(look.dataset.lookQuery);
  const own = fields.get("colours") === "own";
  for (const name of ["primary", "accent", "font"]) {
    const value = fields.get(name);
    if (value && (own || name === "font")) parameters.set(name, value);
  }
  // What is left to the style is not taken from what was kept before.
  if (!own) parameters.set("colours", "style");
  if (!fields.get("font")) parameters.set("font", "style");
  return parameters;
}

if (look) form.addEventListener("input", follow(look, query, "A cover of yours with the kit as it is chosen."));
