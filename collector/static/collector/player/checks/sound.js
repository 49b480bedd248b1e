/** Does the sound reach the ear? Tones are made and counted on the site; the page plays them and passes on a number. */

import { Refused } from "../api.js";
import { element } from "../elements.js";
import { fetchWhole } from "../fetching.js";
import { untilReached } from "../retry.js";
import { fill } from "../screens.js";
import { outcome } from "./result.js";

/** Answer of the button for those who heard nothing: no try is spent on it. */
const NOTHING = "nothing";

/**
 * @typedef {object} Tones
 * @property {string} id
 * @property {string} url
 * @property {number} tries_left
 */

/**
 * Plays tones until the right number was heard twice in a row or no try is left.
 * @param {object} page
 * @param {import("../screens.js").Screens} page.screens with a screen `sound`
 * @param {import("../api.js").Api} page.api
 * @param {Record<string, string>} page.texts
 * @param {(failures: number) => void} [page.onTrouble] told when the site does not answer
 * @returns {Promise<import("./result.js").CheckResult>} value: `heard`, or `no_tries_left`
 */
export async function runSoundCheck({ screens, api, texts, onTrouble = () => {} }) {
  const ask = (/** @type {string} */ action, body = {}) =>
    untilReached(() => api.visit(action, body), { onTrouble });
  const section = screens.section("sound");
  const player = element("audio", HTMLAudioElement, section);
  screens.show("sound", { "sound-said": "" });
  try {
    for (let round = 0; ; round += 1) {
      /** @type {Tones} */
      const tones = await ask("sound-check");
      // Whole, so that the tones can be played again without asking for others.
      const url = URL.createObjectURL(await fetchWhole(tones.url, { onTrouble }));
      const answer = await listen({ section, player, screens, texts, url, again: round > 0 });
      const { right, passed, tries_left: left } = await ask("sound-check/answer", { id: tones.id, count: answer });
      if (passed) return outcome(true, "heard");
      if (left === 0) return outcome(false, "no_tries_left");
      const wrong = left === 1 ? texts.sound_wrong_once : texts.sound_wrong;
      screens.write("sound-said", right ? texts.sound_right : fill(wrong, { left }));
    }
  } catch (error) {
    if (error instanceof Refused && error.code === "sound_tries_over") return outcome(false, "no_tries_left");
    throw error;
  } finally {
    player.pause();
    URL.revokeObjectURL(player.src);
  }
}

/**
 * @param {object} page
 * @param {HTMLElement} page.section
 * @param {HTMLAudioElement} page.player
 * @param {import("../screens.js").Screens} page.screens
 * @param {Record<string, string>} page.texts
 * @param {string} page.url of the tones
 * @param {boolean} page.again not the first ones
 * @returns {Promise<number>} how many were heard
 */
function listen({ section, player, screens, texts, url, again }) {
  const answers = element("fieldset", HTMLFieldSetElement, section);
  const play = element("[data-play]", HTMLButtonElement, section);
  const listening = new AbortController();
  answers.disabled = true;
  player.src = url;
  play.disabled = false;
  play.textContent = texts.sound_play;
  if (again) play.focus(); // the button that was pressed is disabled now, and would leave the keyboard nowhere
  screens.write("sound-state", "");
  return new Promise((resolve) => {
    player.addEventListener(
      "ended",
      () => {
        play.disabled = answers.disabled = false;
        play.textContent = texts.sound_again;
        screens.write("sound-state", texts.sound_ended);
      },
      { signal: listening.signal },
    );
    player.addEventListener(
      "pause",
      () => {
        if (player.ended) return; // browsers send it before "ended" as well
        player.currentTime = 0; // half a sequence cannot be counted
        play.disabled = false;
        screens.write("sound-state", texts.sound_paused);
      },
      { signal: listening.signal },
    );
    play.addEventListener(
      "click",
      async () => {
        play.disabled = true;
        screens.write("sound-state", texts.sound_playing);
        screens.write("sound-said", "");
        try {
          await player.play();
        } catch {
          play.disabled = false;
          screens.write("sound-state", texts.sound_refused);
        }
      },
      { signal: listening.signal },
    );
    answers.addEventListener(
      "click",
      ({ target }) => {
        if (!(target instanceof HTMLButtonElement)) return;
        if (target.value === NOTHING) {
          screens.write("sound-said", texts.sound_nothing);
          play.focus();
          return;
        }
        listening.abort();
        play.disabled = answers.disabled = true; // until the next tones are here
        resolve(Number(target.value));
      },
      { signal: listening.signal },
    );
  });
}
