/** The device check: runs by itself, ticks what is well, and says what to do about the rest. */

import {
  checkBrowser, checkDesktop, checkMouse, checkStorage, checkVideo, checkWindow, describeEnvironment, playTone,
} from "./environment.js";
import { untilReached } from "./retry.js";
import { fill } from "./screens.js";
import { openStore } from "./store.js";

/**
 * @param {object} visit
 * @param {import("./api.js").Api} api
 */
export function startCheck(visit, api) {
  document.getElementById("tone").addEventListener("click", () => playTone());
  const go = document.getElementById("go");
  const tryAgain = () => location.reload();
  run(visit).then(async (results) => {
    const passed = Object.values(results).every((result) => result.passed);
    const body = { passed, results, environment: describeEnvironment() };
    const notice = document.getElementById("network");
    await untilReached(() => api.visit("checks", body), { onTrouble: (n) => (notice.hidden = n < 2) });
    document.getElementById("verdict").textContent = passed ? visit.texts.check_passed : visit.texts.check_failed;
    document.getElementById("way-out").hidden = passed;
    go.textContent = passed ? visit.texts.go_on : visit.texts.try_again;
    go.hidden = false;
    go.addEventListener("click", tryAgain); // the site knows the step: the same address shows what comes next
    go.focus();
  }).catch((error) => {
    document.getElementById("verdict").textContent = visit.texts[`refused_${error.code}`] ?? error.message;
    go.textContent = visit.texts.try_again;
    go.hidden = false;
    go.addEventListener("click", tryAgain);
  });
}

/** Runs the checks in the order of the page; without the right device nothing else is asked of a person. */
async function run({ study, check_clip: clip, texts }) {
  const least = { width: study.min_window_width_px, height: study.min_window_height_px };
  const steps = {
    desktop: checkDesktop,
    browser: checkBrowser,
    window: () => checkWindow(least),
    video: () => checkVideo(clip),
    storage: async () => checkStorage(await openStore()),
    mouse: checkMouse,
  };
  const results = {};
  for (const [name, check] of Object.entries(steps)) {
    mark(name, "running");
    results[name] = await check();
    mark(name, results[name].passed ? "passed" : "failed", fill(texts[`remedy_${name}`] ?? "", {
      ...least, value: results[name].value,
    }));
    if (name === "desktop" && !results.desktop.passed) break;
  }
  return results;
}

/** @param {"running" | "passed" | "failed"} state */
function mark(name, state, remedy = "") {
  const row = document.querySelector(`[data-check="${name}"]`);
  row.dataset.state = state;
  row.querySelector("[data-remedy]").textContent = state === "failed" ? remedy : "";
}
