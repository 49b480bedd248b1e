/** The consent page: says yes or no to the text that is shown, and goes on. */

import { element } from "./elements.js";
import { untilReached } from "./retry.js";

/**
 * @param {{text_version: string, language: string, texts: Record<string, string>}} visit
 * @param {import("./api.js").Api} api
 */
export function startConsent(visit, api) {
  const form = element("#consent", HTMLFormElement);
  const notice = element("#network", HTMLElement);
  const refused = element("#refused", HTMLElement);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.inert = true;
    const accepted = event.submitter instanceof HTMLButtonElement && event.submitter.value === "accept";
    const { text_version, language } = visit;
    try {
      await untilReached(() => api.visit("consent", { accepted, text_version, language }), {
        onTrouble: (failures) => (notice.hidden = failures < 2),
      });
      location.reload();
    } catch (error) {
      const { code, message } = /** @type {import("./api.js").Refused} */ (error);
      form.inert = false;
      refused.hidden = false;
      refused.textContent = visit.texts[`refused_${code}`] ?? message;
    }
  });
  form.inert = false; // it comes inert: a press that nobody listens to would only load the page again
}
