/** The two ways to speak up that every page offers: to report a problem, and to withdraw. */

/**
 * @param {object} visit
 * @param {import("./api.js").Api} api
 */
export function startDialogs(visit, api) {
  for (const opener of document.querySelectorAll("[data-opens]")) {
    opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
  }
  for (const closer of document.querySelectorAll("dialog [data-closes]")) {
    closer.addEventListener("click", () => closer.closest("dialog").close());
  }
  onSubmit("withdraw-dialog", visit, async (form) => {
    await api.visit("withdraw", { reason: form.elements.reason.value });
    location.reload();
  });
  onSubmit("problem-dialog", visit, async (form, dialog) => {
    await api.visit("problem", { text: form.elements.text.value, page: visit.step });
    form.reset();
    dialog.querySelector("[data-said]").textContent = visit.texts.problem_thanks;
  });
}

function onSubmit(id, visit, act) {
  const dialog = document.getElementById(id);
  const form = dialog?.querySelector("form");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.inert = true;
    try {
      await act(form, dialog);
    } catch (error) {
      const said = visit.texts[`refused_${error.code}`] ?? visit.texts.not_sent;
      dialog.querySelector("[data-said]").textContent = said;
    } finally {
      form.inert = false;
    }
  });
}
