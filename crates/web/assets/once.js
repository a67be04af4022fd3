// Sent twice by a hasty hand, a form is one wish: it carries a key of its own.

/** Gives a form its key. */
export function once(form) {
  const key = document.createElement("input");
  key.type = "hidden";
  key.name = "key";
  key.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  form.append(key);
}
