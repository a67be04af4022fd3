// One picture, large: arrows turn, F makes it a favourite, D takes it along, Delete deletes it. Never while somebody writes.

import { readyCompare } from "/assets/compare.js";

const viewer = document.querySelector("[data-viewer]");
readyCompare(viewer);

document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input:not([type=range]), select, textarea, summary, dialog");
  if (writes || event.ctrlKey || event.metaKey || event.altKey) return;
  // The slider has the arrows while it is held.
  const slides = event.target.closest("input[type=range]");
  const press = (selector) => {
    const target = viewer.querySelector(selector);
    if (!target) return;
    event.preventDefault();
    target.click();
  };
  if (event.key === "ArrowLeft" && !slides) press("[data-before]");
  else if (event.key === "ArrowRight" && !slides) press("[data-after]");
  else if (event.key === "f" || event.key === "F") press("[data-favourite]");
  else if (event.key === "d" || event.key === "D") press("[data-download]");
  else if (event.key === "Delete" || event.key === "Backspace") press("[data-delete]");
});
