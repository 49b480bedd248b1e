/** The last page: copies the completion code. */

/** @param {object} visit */
export function startDone(visit) {
  const button = document.getElementById("copy");
  const code = document.getElementById("code");
  button?.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      document.getElementById("copied").textContent = visit.texts.copied;
    } catch {
      // No clipboard on plain-http pages: select the code, so that Ctrl-C takes it.
      getSelection().selectAllChildren(code);
      document.getElementById("copied").textContent = visit.texts.copy_by_hand;
    }
  });
}
