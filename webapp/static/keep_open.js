// Parts of a page that refresh themselves keep what the reader had opened, and where the focus was.

/** @type {{open: string[], focused: string} | null} */
let before = null;

document.addEventListener("htmx:beforeSwap", () => {
  const open = [...document.querySelectorAll("details[open][id]")].map((details) => details.id);
  before = { open, focused: document.activeElement?.id ?? "" };
});

document.addEventListener("htmx:afterSwap", () => {
  if (!before) return;
  for (const id of before.open) document.getElementById(id)?.setAttribute("open", "");
  if (before.focused) document.getElementById(before.focused)?.focus({ preventScroll: true });
  before = null;
});
