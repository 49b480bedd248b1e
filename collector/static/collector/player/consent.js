/** The consent page: says yes or no to the text that is shown, and goes on. */

import { untilReached } from "./retry.js";

/**
 * @param {object} visit
 * @param {import("./api.js").Api} api
 */
export function startConsent(visit, api) {
  const form = document.getElementById("consent");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.inert = true;
    const accepted = event.submitter.value === "accept";
    const { text_version, language } = visit;
    const notice = document.getElementById("network");
    try {
      await untilReached(() => api.visit("consent", { accepted, text_version, language }), {
        onTrouble: (failures) => (notice.hidden = failures < 2),
      });
      location.reload();
    } catch (error) {
      form.inert = false;
      document.getElementById("refused").hidden = false;
      document.getElementById("refused").textContent = visit.texts[`refused_${error.code}`] ?? error.message;
    }
  });
}
