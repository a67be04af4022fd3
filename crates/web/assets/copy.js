// A button that copies what a field holds, and says that it did.

for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const field = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = words), 2000);
    } catch {
      // Without a secure connection there is no clipboard: the text is marked for the person's own keys.
      field.select();
    }
  });
}
