// Counting tones: what the two ends of the page show while they are played, stopped and answered.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, event, settle } from "./doubles.mjs";

class Element extends EventTarget {
  disabled = false;
  focus() {}
}
class Audio extends Element {
  ended = false;
  currentTime = 0;
  async play() {
    this.ended = false;
  }
  pause() {}
  end() {
    this.ended = true;
    for (const kind of ["pause", "ended"]) this.dispatchEvent(new Event(kind));
  }
}
Object.assign(globalThis, { HTMLAudioElement: Audio, HTMLFieldSetElement: Element, HTMLButtonElement: Element });

const { runSoundCheck } = await import(`${PLAYER}/checks/sound.js`);

const TEXTS = Object.fromEntries(
  ["playing", "paused", "ended", "refused", "right", "wrong", "wrong_once", "again", "play", "nothing"].map((word) => [
    `sound_${word}`,
    word,
  ]),
);

/** A check that runs: its elements, what it says, and its result. */
const checking = (context) => {
  context.mock.method(globalThis, "fetch", async () => new Response("RIFF"));
  const parts = { audio: new Audio(), fieldset: new Element(), "[data-play]": new Element() };
  const said = {};
  const screens = {
    section: () => ({ querySelector: (selector) => parts[selector] }),
    show: () => {},
    write: (key, words) => (said[key] = words),
  };
  const answers = [];
  const api = {
    visit: async (action, { count } = {}) => {
      if (action === "sound-check") return { id: "s", url: "/tones", tries_left: 2 };
      answers.push(count);
      return { right: true, passed: answers.length === 2, tries_left: 2 };
    },
  };
  const result = runSoundCheck({ screens, api, texts: TEXTS });
  const { audio, fieldset, "[data-play]": play } = parts;
  const press = async () => {
    play.dispatchEvent(new Event("click"));
    await settle();
  };
  const answer = async (value) => {
    fieldset.dispatchEvent(event("click", { target: Object.assign(new Element(), { value }) }));
    await settle();
  };
  return { audio, fieldset, play, said, answers, result, press, answer };
};

test("tones are played, then counted, until two answers were right", async (context) => {
  const { audio, fieldset, play, said, answers, result, press, answer } = checking(context);
  await settle();
  for (const value of ["3", "5"]) {
    assert.deepEqual([play.disabled, fieldset.disabled], [false, true]);
    await press();
    assert.deepEqual([play.disabled, said["sound-state"]], [true, "playing"]);
    audio.end();
    assert.deepEqual([play.disabled, fieldset.disabled, said["sound-state"]], [false, false, "ended"]);
    await answer(value);
  }
  assert.deepEqual(await result, { passed: true, value: "heard" });
  assert.deepEqual(answers, [3, 5]);
});

test("tones that are stopped can be played again from their beginning", async (context) => {
  const { audio, fieldset, play, said, press } = checking(context);
  await settle();
  await press();
  audio.currentTime = 1.5;
  audio.dispatchEvent(new Event("pause"));
  assert.deepEqual([play.disabled, fieldset.disabled, said["sound-state"]], [false, true, "paused"]);
  assert.equal(audio.currentTime, 0);
  await press();
  audio.end();
  assert.equal(fieldset.disabled, false);
});

test("what plays on after an answer opens nothing before the next tones are here", async (context) => {
  const { audio, fieldset, play, press, answer } = checking(context);
  await settle();
  await press();
  audio.end();
  await press();
  context.mock.method(globalThis, "fetch", () => new Promise(() => {}));
  await answer("3");
  audio.end();
  assert.deepEqual([play.disabled, fieldset.disabled], [true, true]);
});
