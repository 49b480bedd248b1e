/** The ways to speak up that pages offer: to report a problem, to withdraw, and to leave when something does not work. */

import { element } from "./elements.js";
import { leave } from "./leave.js";

/**
 * @typedef {object} Page
 * @property {string} step
 * @property {Record<string, string>} texts
 */

/**
 * @param {Page} visit
 * @param {import("./api.js").Api} api
 */
export function startDialogs(visit, api) {
  /** @type {NodeListOf<HTMLButtonElement>} */
  const openers = document.querySelectorAll("[data-opens]");
  for (const closer of document.querySelectorAll("dialog [data-closes]")) {
    closer.addEventListener("click", () => closer.closest("dialog")?.close());
  }
  onSubmit("withdraw-dialog", visit, async (form) => {
    await api.visit("withdraw", { reason: text(form, "reason") });
    location.reload();
  });
  onSubmit("problem-dialog", visit, async (form, dialog) => {
    await api.visit("problem", { text: text(form, "text"), page: visit.step });
    form.reset();
    say(dialog, visit.texts.problem_thanks);
  });
  onSubmit("leave-dialog", visit, (_form, dialog) => {
    const reason = /** @type {import("./leave.js").ExitReason} */ (dialog.dataset.reason ?? "other");
    return leave(api, reason, (failures) => failures > 1 && say(dialog, visit.texts.not_sent));
  });
  for (const opener of openers) {
    opener.addEventListener("click", () => open(opener));
    opener.disabled = false; // they come disabled: a press that nobody listens to would be lost
  }
}

/** What was said in a dialog that was open before is old news. @param {HTMLElement} opener */
function open({ dataset: { opens = "", reason } }) {
  const dialog = element(`#${opens}`, HTMLDialogElement);
  if (reason) dialog.dataset.reason = reason;
  say(dialog, "");
  dialog.showModal();
}

/** @param {HTMLElement} dialog @param {string} words */
function say(dialog, words) {
  const said = dialog.querySelector("[data-said]");
  if (said) said.textContent = words;
}

/** @param {HTMLFormElement} form @param {string} name of a text field */
const text = (form, name) => String(new FormData(form).get(name) ?? "");

/**
 * @param {string} id
 * @param {Page} visit
 * @param {(form: HTMLFormElement, dialog: HTMLElement) => Promise<void>} act
 */
function onSubmit(id, visit, act) {
  const dialog = document.getElementById(id);
  const form = dialog?.querySelector("form");
  if (!dialog || !form) return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.inert = true;
    try {
      await act(form, dialog);
    } catch (error) {
      const { code } = /** @type {{code?: string}} */ (error);
      say(dialog, visit.texts[`refused_${code}`] ?? visit.texts.not_sent);
    } finally {
      form.inert = false;
    }
  });
}
