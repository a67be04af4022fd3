// Photos on their way in: dropped, pasted, chosen or taken here. Each file is a request of its own and shows its own progress; its card
// takes its place when the check is done.

const form = document.querySelector("[data-upload]");
const list = document.querySelector("[data-photos]");
const AT_ONCE = 3;
const waiting = [];
let running = 0;

function card(file) {
  const item = document.createElement("li");
  item.className = "photo coming";
  const picture = document.createElement("img");
  picture.alt = "";
  picture.src = URL.createObjectURL(file);
  // A file that the browser can't show (HEIC, mostly) has no picture until it is here.
  picture.addEventListener("error", () => picture.remove());
  const words = document.createElement("div");
  words.className = "photo-words";
  const name = document.createElement("p");
  name.className = "small";
  name.textContent = file.name || "Photo";
  const state = document.createElement("p");
  state.className = "small quiet";
  state.textContent = "Waiting";
  const progress = document.createElement("progress");
  progress.max = 100;
  progress.value = 0;
  progress.setAttribute("aria-label", `Upload of ${name.textContent}`);
  words.append(name, progress, state);
  item.append(picture, words);
  list.prepend(item);
  return { item, state, progress, picture };
}

function add(files) {
  for (const file of files) {
    const shown = card(file);
    const { most, mostText } = form.dataset;
    if (file.size > Number(most)) fail(shown, `It is larger than ${mostText}. Send a smaller copy.`);
    else waiting.push({ file, shown });
  }
  pump();
}

function pump() {
  while (running < AT_ONCE && waiting.length > 0) {
    running += 1;
    send(waiting.shift()).finally(() => {
      running -= 1;
      pump();
    });
  }
}

function send({ file, shown }) {
  return new Promise((done) => {
    const body = new FormData();
    body.append("photo", file, file.name || "photo.jpg");
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("Accept", "text/html");
    shown.state.textContent = "On its way";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) shown.progress.value = (100 * event.loaded) / event.total;
    });
    request.upload.addEventListener("load", () => {
      shown.progress.removeAttribute("value");
      shown.state.textContent = "Looking at it";
    });
    request.addEventListener("load", () => {
      const elsewhere = request.getResponseHeader("HX-Redirect");
      if (elsewhere) window.location.assign(elsewhere);
      else if (request.getResponseHeader("HX-Retarget")) fail(shown, text(request.responseText));
      else replace(shown, request.responseText);
      done();
    });
    request.addEventListener("error", () => {
      fail(shown, "The connection broke. Try again.");
      done();
    });
    request.send(body);
  });
}

function text(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent.trim() || "It could not be taken.";
}

function replace(shown, html) {
  const item = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  URL.revokeObjectURL(shown.picture.src);
  shown.item.replaceWith(item);
  window.htmx?.process(item);
  tell();
}

function fail(shown, words) {
  shown.item.className = "photo failed";
  shown.state.textContent = words;
  shown.state.className = "small wrong";
  shown.state.setAttribute("role", "alert");
  shown.progress.remove();
  const again = document.createElement("button");
  again.type = "button";
  again.className = "button plain little";
  again.dataset.dismiss = "";
  again.textContent = "Dismiss";
  shown.item.querySelector(".photo-words").append(again);
}

/** Asks what to add next, and shows the way on when there is one. */
async function tell() {
  const page = await fetch("/photos", { headers: { Accept: "text/html" } });
  if (!page.ok) return;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  const next = document.querySelector("[data-advice]");
  next.textContent = fresh.querySelector("[data-advice]")?.textContent ?? next.textContent;
  document.querySelector(".after-photos").replaceWith(fresh.querySelector(".after-photos"));
}

list.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest(".photo").remove();
});

if (form) {
  const picker = form.querySelector("input[type=file]");
  picker.addEventListener("change", () => {
    add(picker.files);
    picker.value = "";
  });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    add([...(event.dataTransfer?.files ?? [])]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) add(files);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  readyCamera();
}

/** The camera in the page, where there is one. */
function readyCamera() {
  const open = document.querySelector("[data-camera-open]");
  const dialog = document.querySelector("[data-camera]");
  if (!navigator.mediaDevices?.getUserMedia) {
    open.hidden = true;
    return;
  }
  const video = dialog.querySelector("video");
  const hint = dialog.querySelector("[data-camera-hint]");
  let stream;
  open.addEventListener("click", async () => {
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1920 }, height: { ideal: 1440 } } });
      video.srcObject = stream;
      await video.play();
    } catch {
      hint.textContent = "The camera can't be used: allow it for this page, or choose a photo instead.";
    }
  });
  dialog.querySelector("[data-camera-take]").addEventListener("click", () => {
    if (!video.videoWidth) return;
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => add([new File([blob], "camera.jpg", { type: "image/jpeg" })]), "image/jpeg", 0.95);
    dialog.close();
  });
  dialog.querySelector("[data-camera-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.srcObject = null;
  });
}
