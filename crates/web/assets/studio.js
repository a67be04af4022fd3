// On every page: moments in the reader's own words and time zone, menus that close, light and dark without a reload.

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Writes the moments of a part of the page anew. "in 29 days" stays, and says the exact moment when pointed at. */
function tellTimes(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = moment.format(at);
    if (time.dataset.as === "day") time.textContent = day.format(at);
    if (time.dataset.as === "moment") time.textContent = moment.format(at);
  }
}

tellTimes(document);
document.addEventListener("htmx:load", (event) => tellTimes(event.detail.elt));

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const form of document.querySelectorAll("[data-themes]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const theme = event.submitter.value;
    const sent = await fetch(form.action, { method: "POST", body: new URLSearchParams({ theme }), redirect: "manual" });
    if (!sent.ok && sent.type !== "opaqueredirect") return;
    document.documentElement.dataset.theme = theme;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
  });
}

// What was searched for stands in the address, so that it is there again when one comes back.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-keeps-place")) return;
  history.replaceState(null, "", `${form.action}?${new URLSearchParams(new FormData(form))}`);
});

// On a narrow screen the sections are a row that is longer than it: the one that is open is brought into sight.
document.querySelector(".sections [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });

// What can't be undone asks first.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.sure ?? event.target.dataset.sure;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);
