// A free look that follows a form: made anew a moment after something changes in what it shows, and the latest one wins.

/** Keeps a look up to date: `query` says what it is to show, or null when there is nothing to be shown. */
export function follow(look, query, said) {
  const picture = look.querySelector("[data-look-picture]");
  const state = look.querySelector("[data-look-state]");
  const copies = document.querySelectorAll("[data-look-copy]");
  let shown = new URL(picture.src, location.href).search;
  let timer;
  let asked = 0;

  const waits = (waiting) => look.classList.toggle("waiting", waiting);

  function load(search) {
    const turn = ++asked;
    const fresh = new Image();
    waits(true);
    fresh.addEventListener("load", () => {
      if (turn !== asked) return;
      for (const image of [picture, ...copies]) image.src = fresh.src;
      picture.width = fresh.naturalWidth;
      picture.height = fresh.naturalHeight;
      waits(false);
      state.textContent = said;
    });
    fresh.addEventListener("error", () => {
      if (turn !== asked) return;
      waits(false);
      state.textContent = "No look this time. The pictures themselves may still work.";
    });
    fresh.src = look.dataset.look + search;
  }

  if (!picture.complete) {
    waits(true);
    for (const name of ["load", "error"]) picture.addEventListener(name, () => asked === 0 && waits(false), { once: true });
  }

  /** To be called when something may have changed. */
  return () => {
    const parameters = query();
    if (!parameters) return;
    const search = `?${parameters}`;
    if (search === shown) return;
    shown = search;
    clearTimeout(timer);
    timer = setTimeout(() => load(search), 350);
  };
}
