// The wish for covers: a free look at the first of them that follows what is chosen.

import { follow } from "/assets/look.js";

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
  // Sent twice by a hasty hand, it is one wish.
  const key = document.createElement("input");
  key.type = "hidden";
  key.name = "key";
  key.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  form.append(key);
  if (look) form.addEventListener("input", follow(look, query, "The first of the three, as a quick look: small and free."));
}
