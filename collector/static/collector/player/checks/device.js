/** The part of the check that runs by itself: a list of rows, ticked one after another. */

import { element } from "../elements.js";
import { untilReached } from "../retry.js";
import { fill } from "../screens.js";
import { openStore } from "../store.js";
import { measureClock } from "./clock.js";
import { checkDrawing } from "./drawing.js";
import { checkBrowser, checkDesktop, checkStorage } from "./environment.js";
import { checkMouse } from "./mouse.js";
import { checkPicture } from "./picture.js";
import { checkRefresh } from "./refresh.js";
import { outcome } from "./result.js";
import { checkWindow } from "./window.js";

/** Nobody waits longer for a mouse that does not come before being told how to leave. */
const PATIENCE_MS = 15_000;

/** @typedef {import("./result.js").CheckResult} CheckResult */

/**
 * @typedef {object} Found what the rows learnt besides passing
 * @property {{offset_us: number, round_trip_us: number}} [clock]
 * @property {import("./drawing.js").Drawing} [drawing]
 */

export class DeviceList {
  /** @type {Record<string, CheckResult>} */
  results = {};
  /** @type {Found} */
  found = {};
  #page;

  /**
   * @param {object} page
   * @param {HTMLElement} page.section holds a row `data-check` for each of the checks
   * @param {import("../check.js").CheckPage} page.visit
   * @param {import("../api.js").Api} page.api
   * @param {() => void} page.onLongWait told when a person may not have what is waited for
   * @param {(failures: number) => void} page.onTrouble told when the site does not answer
   */
  constructor(page) {
    this.#page = page;
  }

  /**
   * Runs what has not passed yet, in the order of the page.
   * @returns {Promise<string | null>} the name of the check that failed; null when all is well
   */
  async run() {
    for (const [name, check] of Object.entries(this.#checks())) {
      if (this.results[name]?.passed) continue;
      this.#mark(name, "running", this.#page.visit.texts[`waiting_${name}`]);
      const result = await check();
      this.results[name] = result;
      if (!result.passed) {
        this.#mark(name, "failed", this.#remedy(name, result));
        return name;
      }
      this.#mark(name, "passed");
    }
    return null;
  }

  /** @returns {Record<string, () => Promise<CheckResult>>} the quick ones first, the measurements last */
  #checks() {
    const { study, check_clip: clip } = this.#page.visit;
    return {
      desktop: async () => checkDesktop(),
      browser: async () => checkBrowser(),
      window: async () => checkWindow(least(study), study),
      picture: () => checkPicture(clip),
      storage: async () => checkStorage(await openStore()),
      site: () => this.#checkSite(),
      mouse: () => this.#waitForMouse(),
      refresh: () => checkRefresh(study.checks.min_refresh_hz),
      drawing: () => this.#checkDrawing(),
    };
  }

  async #checkSite() {
    const { api, onTrouble } = this.#page;
    const clock = await untilReached(() => measureClock(api), { onTrouble });
    this.found.clock = clock;
    return outcome(true, clock.round_trip_us);
  }

  async #waitForMouse() {
    const timer = setTimeout(() => this.#page.onLongWait(), PATIENCE_MS);
    const result = await checkMouse();
    clearTimeout(timer);
    return result;
  }

  async #checkDrawing() {
    const { visit, onTrouble } = this.#page;
    const { study, check_clips: clips, texts } = visit;
    const { largest_picture: largest, foveation } = study;
    const rules = { clips, largest, foveation, slowDrawing: study.checks.slow_drawing };
    const onProgress = (/** @type {number} */ share) =>
      this.#mark("drawing", "running", `${texts.waiting_drawing} ${Math.round(share * 100)} %`);
    const { drawing, ...result } = await checkDrawing(rules, { onProgress, onTrouble });
    this.found.drawing = drawing;
    return result;
  }

  /** @param {string} name @param {CheckResult} result */
  #remedy(name, { value }) {
    const { study, texts } = this.#page.visit;
    const text = value === "unseen" ? texts.remedy_unseen : texts[`remedy_${name}`];
    return fill(text, { ...least(study), hz: study.checks.min_refresh_hz, value: String(value) });
  }

  /** @param {string} name @param {"running" | "passed" | "failed"} state @param {string} [words] */
  #mark(name, state, words = "") {
    const row = /** @type {HTMLElement | null} */ (this.#page.section.querySelector(`[data-check="${name}"]`));
    if (!row) throw new Error(`This page has no row for the check ${name}.`);
    row.dataset.state = state;
    element("[data-word]", HTMLElement, row).textContent = this.#page.visit.texts[`state_${state}`];
    const said = row.querySelector("[data-remedy]");
    if (said) said.textContent = words;
  }
}

/** @param {import("../check.js").StudyRules} study */
const least = (study) => ({ width: study.min_window_width_px, height: study.min_window_height_px });
