/** Pages that give a code: copies it. */

/** @param {{texts: Record<string, string>}} visit */
export function startDone(visit) {
  const code = document.getElementById("code");
  const copied = document.getElementById("copied");
  const copy = document.getElementById("copy");
  if (!(copy instanceof HTMLButtonElement)) return; // a closed study gives no code
  copy.addEventListener("click", async () => {
    if (!code || !copied) return;
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      copied.textContent = visit.texts.copied;
    } catch {
      // No clipboard on plain-http pages: select the code, so that Ctrl-C takes it.
      getSelection()?.selectAllChildren(code);
      copied.textContent = visit.texts.copy_by_hand;
    }
  });
  copy.disabled = false; // it comes disabled, so that nobody presses it in vain
}
