// Pictures as they come: told by server-sent events, and asked for now and then in case nothing is told.

let section = document.querySelector("[data-generation]");
let loading = false;
let again = false;
let source;
let timer;
// Asked for after so many milliseconds in which nothing was told, and after longer ones when that goes on: it may cost something.
const SOON = 5000;
const LATE = 30000;
let pause = SOON;

const running = () => section?.hasAttribute("data-running");

/** Puts the generation as it stands in the place of what is shown. */
async function refresh() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    const answer = await fetch(location.pathname, { headers: { "HX-Request": "true", Accept: "text/html" } });
    if (answer.ok) show(await answer.text());
  } finally {
    loading = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

function askLater() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    pause = Math.min(2 * pause, LATE);
    refresh();
    askLater();
  }, pause);
}

/** Something happened. */
function told() {
  pause = SOON;
  refresh();
  askLater();
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-generation]");
  if (!fresh) return;
  // A picture that is there already stays: it would flicker.
  for (const image of fresh.querySelectorAll(".tile img")) {
    const known = section.querySelector(`.tile img[src="${image.getAttribute("src")}"]`);
    if (known) image.replaceWith(known);
    else image.closest(".tile").classList.add("new");
  }
  section.replaceWith(fresh);
  section = fresh;
  window.htmx?.process(fresh);
  if (!running()) {
    source?.close();
    clearTimeout(timer);
    document.title = document.title.replace(/: .* ·/, ": ready ·");
  }
}

if (running()) {
  source = new EventSource("/api/v1/events");
  source.addEventListener("generation", (event) => {
    if (JSON.parse(event.data).generation === section.dataset.generation) told();
  });
  for (const name of ["ready", "missed"]) source.addEventListener(name, told);
  askLater();
  window.addEventListener("pagehide", () => source.close());
}
