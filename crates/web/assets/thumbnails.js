// The wish for covers: a free look at the first of them that follows what is chosen.

import { follow } from "/assets/look.js";
import { once } from "/assets/once.js";

const form = document.querySelector("[data-thumbnails]");
const look = document.querySelector("[data-look]");

function query() {
  const fields = new FormData(form);
  if (!fields.get("photo")) return null;
  const parameters = new URLSearchParams();
  for (const name of ["photo", "style", "title", "layout", "platform", "brand"]) {
    const value = fields.get(name);
    if (value) parameters.set(name, value);
  }
  return parameters;
}

if (form) {
  once(form);
  if (look) form.addEventListener("input", follow(look, query, "The first of the three, as a quick look: small and free."));
}
