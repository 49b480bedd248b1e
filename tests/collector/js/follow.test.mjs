import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, event } from "./doubles.mjs";

const { FollowScore, follow, targetAt } = await import(`${PLAYER}/checks/follow.js`);

const AREA = { left: 100, top: 50, width: 640, height: 360 };
const RULES = { seconds: 6, radius_share: 0.1, min_share: 0.6 };

/** A page whose animation frames come when told to. */
class Page extends EventTarget {
  document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  AbortController = AbortController;
  now = 0;
  #ticks = [];

  constructor({ reducedMotion = false } = {}) {
    super();
    this.matchMedia = () => ({ matches: reducedMotion });
  }

  requestAnimationFrame(tick) {
    this.#ticks.push(tick);
  }

  frame(ms = 20) {
    this.now += ms;
    for (const tick of this.#ticks.splice(0)) tick(this.now);
  }

  move(x, y) {
    this.dispatchEvent(event("pointermove", { clientX: x, clientY: y }));
  }
}

const begin = (page, rules = RULES) => {
  const dot = { style: {}, dataset: {} };
  const progress = [];
  const area = { getBoundingClientRect: () => AREA };
  const done = follow({ area, dot, rules, onProgress: (share) => progress.push(share) }, page);
  return { dot, done, progress };
};

/** Where the dot is drawn, client CSS px. */
const seen = ({ style }) => [
  AREA.left + (parseFloat(style.left) / 100) * AREA.width,
  AREA.top + (parseFloat(style.top) / 100) * AREA.height,
];

test("the dot starts in the middle, gathers speed, and stays inside the field", () => {
  assert.deepEqual(targetAt(0), { x: 0.5, y: 0.5 });
  const speed = (t) => Math.hypot(targetAt(t + 0.01).x - targetAt(t).x, targetAt(t + 0.01).y - targetAt(t).y) / 0.01;
  assert.ok(speed(0) < 0.02);
  for (let t = 0; t < 60; t += 0.05) {
    const { x, y } = targetAt(t);
    assert.ok(x > 0.1 && x < 0.9 && y > 0.1 && y < 0.9);
    assert.ok(speed(t) < 0.55, "a hand can follow it");
  }
});

test("a hand that stays on the dot passes", async () => {
  const page = new Page();
  const { dot, done, progress } = begin(page);
  for (let frame = 0; frame < 330; frame += 1) {
    page.frame();
    page.move(...seen(dot));
  }
  assert.deepEqual(await done, { passed: true, value: 1 });
  assert.equal(progress.at(-1), 1);
});

test("nothing moves and no time runs before the cursor comes to the dot", () => {
  const page = new Page();
  const { dot, progress } = begin(page);
  page.move(AREA.left, AREA.top);
  for (let frame = 0; frame < 500; frame += 1) page.frame();
  assert.deepEqual([dot.style.left, dot.style.top], ["50%", "50%"]);
  assert.deepEqual(progress, []);
});

test("a hand that rests where the dot began fails, with the share that it was near", async () => {
  const page = new Page();
  const { done } = begin(page);
  page.move(AREA.left + AREA.width / 2, AREA.top + AREA.height / 2);
  for (let frame = 0; frame < 330; frame += 1) page.frame();
  const { passed, value } = await done;
  assert.equal(passed, false);
  assert.ok(value > 0 && value < 0.5);
});

test("a page that goes out of sight ends the test without a verdict on the hand", async () => {
  const page = new Page();
  const { done } = begin(page);
  page.move(AREA.left + AREA.width / 2, AREA.top + AREA.height / 2);
  page.frame();
  page.document.visibilityState = "hidden";
  page.document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(await done, { passed: false, value: "unseen" });
});

test("who asked for less motion gets the same path at half the speed", () => {
  const [lively, calm] = [new Page(), new Page({ reducedMotion: true })];
  const places = [lively, calm].map((page) => {
    const { dot } = begin(page);
    page.move(AREA.left + AREA.width / 2, AREA.top + AREA.height / 2);
    page.frame();
    for (let frame = 0; frame < 100; frame += 1) page.frame();
    return dot.style.left;
  });
  assert.equal(places[0], `${targetAt(2).x * 100}%`);
  assert.equal(places[1], `${targetAt(1).x * 100}%`);
});

test("a pause of the page counts as one short step", () => {
  const score = new FollowScore();
  score.add(100, true);
  score.add(5_000, false);
  assert.equal(score.share, 0.5);
});
