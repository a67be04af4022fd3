// The slider between a photo and what was made of it: by pointer, by touch, by the arrow keys of a range.

/** Readies every slider of a part of the page. */
export function readyCompare(part) {
  for (const compare of part.querySelectorAll("[data-compare]:not(.ready)")) {
    const handle = compare.querySelector("[data-compare-handle]");
    // Where the photo is gone there is nothing to compare with.
    if (!handle) continue;
    const show = () => compare.style.setProperty("--at", `${handle.value}%`);
    handle.addEventListener("input", show);
    compare.classList.add("ready");
    show();
  }
}

readyCompare(document);
