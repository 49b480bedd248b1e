/**
 * A made-up person who walks a visit in a real page, from the consent to the code: for demonstrations and tests.
 *
 * Moves are pointer events on the window, so they take the way of every hand through the PointerRecorder; buttons are
 * pressed with a place, as by a mouse. Only visits that the site calls simulated ever get such a person.
 */

import { moveEvent } from "./pointer.js";
import { hear } from "./simulation/ear.js";
import { Hand } from "./simulation/hand.js";
import { randomFrom } from "./simulation/random.js";

const STEP_MS = 8;
const LOOK_EVERY_MS = 100;
/** How long the person reads before pressing anything. */
const THINK_MS = { least: 300, spread: 600 };

/** @param {Element} element */
const middleOf = (element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
};

/** The first of these that can be seen. @param {string} selector @returns {HTMLElement | null} */
const visible = (selector) =>
  [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))].find((found) =>
    found.checkVisibility({ visibilityProperty: true }),
  ) ?? null;

export class MadeUpPerson {
  #random;
  #hand;
  #lastMs = performance.now();
  /** @type {HTMLElement | null} what is about to be pressed */
  #intended = null;
  #pressAtMs = 0;
  /** What was heard last, and how many tones it was. */
  #heard = { url: "", tones: 0 };

  /** @param {string} seed */
  constructor(seed) {
    this.#random = randomFrom(seed);
    this.#hand = new Hand(this.#random, { x: innerWidth / 2, y: innerHeight / 3 });
  }

  start() {
    // Without a real click on the page, browsers play nothing aloud; a made-up person needs no sound.
    for (const video of document.querySelectorAll("video")) video.muted = video.defaultMuted = true;
    setInterval(() => this.#move(), STEP_MS);
    setInterval(() => this.#act(), LOOK_EVERY_MS);
  }

  #move() {
    const now = performance.now();
    const seconds = (now - this.#lastMs) / 1000;
    this.#lastMs = now;
    const target = visible("[data-dot]") ?? visible("#mark");
    const picture = visible("#picture");
    if (target) this.#hand.follow(middleOf(target));
    else if (picture) this.#hand.wander(picture.getBoundingClientRect(), seconds);
    else this.#hand.wander({ left: 0, top: 0, width: innerWidth, height: innerHeight }, seconds);
    if (!this.#hand.step(seconds)) return;
    const { x: clientX, y: clientY } = this.#hand.at;
    const how = { clientX, clientY, pointerType: "mouse", isPrimary: true, bubbles: true };
    for (const kind of new Set([moveEvent(window), "pointermove"])) window.dispatchEvent(new PointerEvent(kind, how));
  }

  #act() {
    const wanted = this.#wanted();
    if (wanted !== this.#intended) {
      this.#intended = wanted;
      this.#pressAtMs = performance.now() + THINK_MS.least + THINK_MS.spread * this.#random();
    }
    if (!wanted || performance.now() < this.#pressAtMs) return;
    this.#intended = null;
    const player = wanted.matches("[data-play]") && wanted.closest("[data-screen]")?.querySelector("audio");
    if (player) this.#listen(player);
    const { x: clientX, y: clientY } = middleOf(wanted);
    wanted.dispatchEvent(new MouseEvent("click", { clientX, clientY, detail: 1, bubbles: true, cancelable: true }));
  }

  /** What a willing person would press now. */
  #wanted() {
    if (visible("#stage")) return visible("#mark:enabled");
    const player = visible('[data-screen="sound"]')?.querySelector("audio");
    if (player && this.#heard.url !== player.src) return visible("[data-play]:enabled");
    if (player) return visible(`[data-screen="sound"] fieldset:enabled button[value="${this.#heard.tones}"]`);
    return visible('#consent button[value="accept"], [data-screen] button[data-go]:enabled');
  }

  /** @param {HTMLAudioElement} player */
  async #listen(player) {
    player.muted = true;
    const url = player.src;
    this.#heard = { url, tones: await hear(url) };
  }
}
