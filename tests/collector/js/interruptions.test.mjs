import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, Sink } from "./doubles.mjs";

const { Interruptions } = await import(`${PLAYER}/interruptions.js`);

class View extends EventTarget {
  AbortController = AbortController;
  performance = { now: () => 1 };
  document = Object.assign(new EventTarget(), {
    documentElement: new EventTarget(),
    visibilityState: "visible",
    fullscreenElement: null,
  });
}

const watching = () => {
  const view = new View();
  const video = Object.assign(new EventTarget(), { ended: false, playbackRate: 1, error: null });
  const sink = new Sink();
  const reasons = [];
  const interruptions = new Interruptions({ video, sink, view, onInterrupted: (reason) => reasons.push(reason) });
  interruptions.start();
  return { view, video, sink, reasons, interruptions, page: view.document };
};

test("a hidden page interrupts and is recorded", () => {
  const { page, sink, reasons } = watching();
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(reasons, ["hidden"]);
  assert.deepEqual(sink.events, [{ tUs: 1_000, kind: "visibility", detail: "hidden" }]);
});

test("a pause interrupts, the pause that browsers send at the end does not", () => {
  const { video, reasons } = watching();
  video.ended = true;
  video.dispatchEvent(new Event("pause"));
  assert.deepEqual(reasons, []);
  video.ended = false;
  video.dispatchEvent(new Event("pause"));
  assert.deepEqual(reasons, ["paused"]);
});

test("another speed interrupts", () => {
  const { video, reasons } = watching();
  video.playbackRate = 2;
  video.dispatchEvent(new Event("ratechange"));
  assert.deepEqual(reasons, ["rate_changed"]);
});

test("leaving fullscreen, a lost focus and a stall are recorded and the clip goes on", () => {
  const { page, view, video, sink, reasons, interruptions } = watching();
  page.dispatchEvent(new Event("fullscreenchange"));
  view.dispatchEvent(new Event("blur"));
  video.dispatchEvent(new Event("waiting"));
  assert.deepEqual(reasons, []);
  assert.deepEqual(sink.events.map(({ kind }) => kind), ["fullscreen_left", "blur", "waiting"]);
  assert.deepEqual(interruptions.counts, { stalls: 1, blurs: 1, fullscreen_exits: 1 });
});

test("only the first grave one is told, and none after the stop", () => {
  const { view, video, sink, reasons, interruptions } = watching();
  view.dispatchEvent(new Event("pagehide"));
  video.dispatchEvent(new Event("error"));
  assert.deepEqual(reasons, ["page_left"]);
  interruptions.stop();
  const before = sink.events.length;
  view.dispatchEvent(new Event("blur"));
  assert.equal(sink.events.length, before);
});
