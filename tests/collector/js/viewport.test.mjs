import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, Sink } from "./doubles.mjs";

const { ViewportWatcher, containedSize, toVideo, zoomMilli } = await import(`${PLAYER}/viewport.js`);

test("a picture fits its box and keeps its shape", () => {
  assert.deepEqual(containedSize({ width: 960, height: 1_000 }, { width: 1_920, height: 1_080 }), {
    width: 960,
    height: 540,
  });
  assert.deepEqual(containedSize({ width: 1_280, height: 720 }, { width: 404, height: 720 }), {
    width: 404,
    height: 720,
  });
});

test("the corners of the rectangle are the corners of the picture", () => {
  const rect = { left: 10, top: 20, width: 640, height: 360 };
  const picture = { width: 1_280, height: 720 };
  assert.deepEqual(toVideo({ x: 10, y: 20 }, rect, picture), { x: 0, y: 0 });
  assert.deepEqual(toVideo({ x: 650, y: 380 }, rect, picture), { x: 1_280, y: 720 });
  assert.deepEqual(toVideo({ x: 0, y: 20 }, rect, picture), { x: -20, y: 0 });
});

/** A window with just what the watcher asks of one. */
class View extends EventTarget {
  devicePixelRatio = 1.25;
  innerWidth = 1_280;
  innerHeight = 720;
  outerWidth = 1_600;
  screen = { width: 1_600, height: 900 };
  visualViewport = Object.assign(new EventTarget(), { scale: 1 });
  performance = { now: () => 5 };
  document = new EventTarget();
  ResizeObserver = class {
    observe() {}
    disconnect() {}
  };
}

const watcher = () => {
  const sink = new Sink();
  const view = new View();
  const stage = { clientWidth: 1_280, clientHeight: 720 };
  const rect = { left: 0, top: 0 };
  const picture = {
    style: {},
    getBoundingClientRect() {
      return { ...rect, width: parseFloat(this.style.width), height: parseFloat(this.style.height) };
    },
  };
  const watch = new ViewportWatcher({ stage, picture: () => picture, size: { width: 640, height: 360 }, sink, view });
  watch.start();
  return { sink, view, stage, rect, watch };
};

test("rectangle, window, screen and zoom are recorded at the start, in their units", () => {
  const { sink } = watcher();
  assert.deepEqual(sink.viewports, [
    {
      tUs: 5_000, left: 0, top: 0, width: 128_000, height: 72_000,
      dpr: 1_250, windowWidth: 1_280, windowHeight: 720, screenWidth: 1_600, screenHeight: 900,
      pinch: 1_000, zoom: 1_250,
    },
  ]);
});

test("it is recorded again when it changes, and only then", () => {
  const { sink, view, stage, rect, watch } = watcher();
  watch.note();
  view.dispatchEvent(new Event("resize"));
  assert.equal(sink.viewports.length, 1);
  stage.clientWidth = 640;
  view.dispatchEvent(new Event("resize"));
  assert.equal(sink.viewports.at(-1).width, 64_000);
  rect.top = 33.5; // scrolled, without any event: found at the next frame
  watch.note();
  assert.equal(sink.viewports.at(-1).top, 3_350);
  view.devicePixelRatio = 2;
  watch.note();
  assert.equal(sink.viewports.at(-1).dpr, 2_000);
  view.visualViewport.scale = 1.5; // two fingers on a touchpad
  view.visualViewport.dispatchEvent(new Event("resize"));
  assert.equal(sink.viewports.at(-1).pinch, 1_500);
  view.screen.width = 1_920; // moved to another screen
  watch.note();
  assert.equal(sink.viewports.at(-1).screenWidth, 1_920);
  assert.equal(sink.viewports.length, 6);
});

test("where the window's frame is not told the zoom is unknown", () => {
  assert.equal(zoomMilli({ outerWidth: 0, innerWidth: 1_280 }), 0);
});
