import assert from "node:assert/strict";
import { test } from "node:test";

import { Clock, PLAYER, Sink, Video } from "./doubles.mjs";

const { DEFAULT_POLICY, Interruptions } = await import(`${PLAYER}/interruptions.js`);

class View extends EventTarget {
  innerWidth = 1_280;
  innerHeight = 720;
  devicePixelRatio = 1;
  performance = new Clock();
  Date = new Clock();
  document = Object.assign(new EventTarget(), {
    documentElement: new EventTarget(),
    visibilityState: "visible",
    fullscreenElement: null,
  });
  setInterval(tick) {
    this.tick = tick;
    return 1;
  }
  clearInterval() {
    this.tick = null;
  }
}

const watching = (policy = DEFAULT_POLICY, sound = {}, fullscreen = false) => {
  const view = new View();
  const video = Object.assign(new Video(), sound);
  const sink = new Sink();
  const endings = [];
  const onInterrupted = (...ending) => endings.push(ending);
  const interruptions = new Interruptions({ video, sink, view, policy, fullscreen, onInterrupted });
  interruptions.start();
  const atStart = sink.events.splice(0);
  return { view, video, sink, endings, interruptions, atStart, page: view.document };
};

/** How each of them comes about. */
const HAPPENS = {
  fullscreen_left: ({ page }) => page.dispatchEvent(new Event("fullscreenchange")),
  focus_lost: ({ view }) => view.dispatchEvent(new Event("blur")),
  hidden: ({ page }) => {
    page.visibilityState = "hidden";
    page.dispatchEvent(new Event("visibilitychange"));
  },
  slept: ({ view }) => {
    view.performance.ms += 5_000;
    view.Date.ms += 5_000;
    view.tick();
  },
  muted: ({ video }) => {
    video.muted = true;
    video.dispatchEvent(new Event("volumechange"));
  },
  resized: ({ view }) => view.dispatchEvent(new Event("resize")),
};

for (const [kind, happen] of Object.entries(HAPPENS)) {
  for (const measure of ["restart", "abort"]) {
    test(`${kind} ends the trial where the study says ${measure}`, () => {
      const world = watching({ ...DEFAULT_POLICY, [kind]: measure });
      happen(world);
      assert.deepEqual(world.endings, [[kind, measure]]);
      assert.equal(world.interruptions.counts[kind], 1);
      assert.ok(world.sink.events.length > 0);
    });
  }
  test(`${kind} is only recorded where the study says mark`, () => {
    const world = watching({ ...DEFAULT_POLICY, [kind]: "mark" });
    happen(world);
    assert.deepEqual(world.endings, []);
    assert.equal(world.interruptions.counts[kind], 1);
    assert.ok(world.sink.events.length > 0);
  });
}

test("without a word from the study, a hidden page and a machine that slept restart the clip, nothing else does", () => {
  const ended = Object.keys(HAPPENS).filter((kind) => {
    const world = watching();
    HAPPENS[kind](world);
    return world.endings.length > 0;
  });
  assert.deepEqual(ended, ["hidden", "slept"]);
});

test("a machine that stops the page clock while it sleeps is found out by the wall clock", () => {
  const { view, endings, sink } = watching();
  view.performance.ms += 500;
  view.Date.ms += 3_600_500;
  view.tick();
  assert.deepEqual(endings, [["slept", "restart"]]);
  assert.equal(sink.events.at(-1).detail, "3600500");
});

test("a page that is only a little late was not asleep", () => {
  const { view, endings } = watching();
  for (let i = 0; i < 10; i += 1) {
    view.performance.ms += 1_900;
    view.Date.ms += 1_900;
    view.tick();
  }
  assert.deepEqual(endings, []);
});

test("entering fullscreen and turning the volume down a little are recorded, never held against anybody", () => {
  const strict = Object.fromEntries(Object.keys(DEFAULT_POLICY).map((kind) => [kind, "abort"]));
  const { page, video, endings, sink } = watching(strict);
  page.fullscreenElement = {};
  page.dispatchEvent(new Event("fullscreenchange"));
  video.volume = 0.4;
  video.dispatchEvent(new Event("volumechange"));
  assert.deepEqual(endings, []);
  assert.deepEqual(sink.events.map(({ kind, detail }) => `${kind} ${detail}`), ["fullscreen_entered ", "volume 0.4"]);
});

for (const sound of [{ muted: true }, { volume: 0 }]) {
  test(`a clip that was silent before its start (${Object.keys(sound)}) is noted and held against the observer`, () => {
    const { atStart, endings, interruptions } = watching({ ...DEFAULT_POLICY, muted: "restart" }, sound);
    assert.deepEqual(atStart.map(({ kind, detail }) => `${kind} ${detail}`), ["volume 0"]);
    assert.deepEqual(endings, [["muted", "restart"]]);
    assert.equal(interruptions.counts.muted, 1);
  });
}

test("the volume at the start is recorded, and a page that wants its clips silent interrupts none", () => {
  const strict = { ...DEFAULT_POLICY, muted: "abort" };
  const loud = watching(strict, { volume: 0.8 });
  assert.deepEqual(loud.atStart.map(({ kind, detail }) => `${kind} ${detail}`), ["volume 0.8"]);
  const madeUp = watching(strict, { muted: true, defaultMuted: true });
  assert.deepEqual(madeUp.atStart.map(({ detail }) => detail), ["0"]);
  assert.deepEqual([loud.endings, madeUp.endings], [[], []]);
});

test("a clip that begins without the whole screen that its study wants is judged as one that left it", () => {
  const kinds = ({ atStart }) => atStart.map(({ kind }) => kind);
  const noted = watching(DEFAULT_POLICY, {}, true);
  assert.deepEqual([kinds(noted), noted.endings], [["volume", "fullscreen_left"], []]);
  assert.equal(noted.interruptions.counts.fullscreen_left, 1);
  const strict = watching({ ...DEFAULT_POLICY, fullscreen_left: "restart" }, {}, true);
  assert.deepEqual(strict.endings, [["fullscreen_left", "restart"]]);
  assert.deepEqual(kinds(watching(DEFAULT_POLICY, {}, false)), ["volume"]);
});

test("a pause interrupts, the pause that browsers send at the end does not", () => {
  const { video, endings } = watching();
  video.ended = true;
  video.dispatchEvent(new Event("pause"));
  assert.deepEqual(endings, []);
  video.ended = false;
  video.dispatchEvent(new Event("pause"));
  assert.deepEqual(endings, [["paused", "restart"]]);
});

test("another speed and a jump in the clip interrupt", () => {
  const fast = watching();
  fast.video.playbackRate = 2;
  fast.video.dispatchEvent(new Event("ratechange"));
  assert.deepEqual(fast.endings, [["rate_changed", "restart"]]);
  const jumping = watching();
  jumping.video.dispatchEvent(new Event("seeking"));
  assert.deepEqual(jumping.endings, [["seeked", "restart"]]);
});

test("stalls and waits are recorded and counted, and the clip goes on", () => {
  const { video, sink, endings, interruptions } = watching();
  for (const kind of ["waiting", "stalled", "playing"]) video.dispatchEvent(new Event(kind));
  assert.deepEqual(endings, []);
  assert.deepEqual(sink.events.map(({ kind }) => kind), ["waiting", "stalled", "playing"]);
  assert.equal(interruptions.counts.stalls, 2);
});

test("only the first grave one is told, and none after the stop", () => {
  const { view, video, sink, endings, interruptions } = watching();
  interruptions.leavePage();
  video.dispatchEvent(new Event("error"));
  assert.deepEqual(endings, [["page_left", "restart"]]);
  assert.equal(sink.events[0].kind, "page_left");
  interruptions.stop();
  const before = sink.events.length;
  view.dispatchEvent(new Event("blur"));
  assert.equal(sink.events.length, before);
  assert.equal(view.tick, null);
});
