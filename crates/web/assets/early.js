// Before anything is painted: what only works with script may be shown.
document.documentElement.classList.add("scripted");
