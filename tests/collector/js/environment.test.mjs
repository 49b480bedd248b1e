import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, event } from "./doubles.mjs";

const { checkBrowser, checkDesktop, checkMouse, checkWindow } = await import(`${PLAYER}/environment.js`);
const { fill } = await import(`${PLAYER}/screens.js`);

const device = (queries, userAgent = "Mozilla/5.0 (X11; Linux x86_64)") => ({
  matchMedia: (query) => ({ matches: queries.includes(query) }),
  navigator: { userAgent },
});
const MOUSE = ["(any-pointer: fine)", "(any-hover: hover)"];

test("a computer with a mouse passes; a phone and a touch screen do not", () => {
  assert.deepEqual(checkDesktop(device(MOUSE)), { passed: true, value: "mouse" });
  assert.equal(checkDesktop(device([])).passed, false);
  assert.equal(checkDesktop(device(MOUSE, "Mozilla/5.0 (Linux; Android 14) Mobile")).passed, false);
});

test("the window must reach the study's size both ways", () => {
  const least = { width: 1_000, height: 600 };
  assert.equal(checkWindow(least, { innerWidth: 1_000, innerHeight: 600 }).passed, true);
  assert.deepEqual(checkWindow(least, { innerWidth: 1_400, innerHeight: 599 }), {
    passed: false,
    value: "1400×599",
  });
});

test("the mouse has moved once it went some way; a finger does not count", async () => {
  const view = new EventTarget();
  const moved = checkMouse(view);
  const move = (clientX, pointerType = "mouse") =>
    view.dispatchEvent(event("pointermove", { clientX, clientY: 0, pointerType }));
  move(0, "touch");
  move(500, "touch");
  move(100);
  move(120);
  move(145);
  assert.deepEqual(await moved, { passed: true, value: "mouse" });
});

test("what a browser lacks is named", () => {
  class Video {}
  class Pointer {}
  const canvas = { getContext: () => ({ filter: "none" }) };
  const view = {
    HTMLVideoElement: Video,
    PointerEvent: Pointer,
    ReadableStream: class {},
    document: { createElement: () => canvas },
  };
  assert.deepEqual(checkBrowser(view), { passed: false, value: "frame_callback coalesced_events" });
  Video.prototype.requestVideoFrameCallback = Pointer.prototype.getCoalescedEvents = () => {};
  assert.equal(checkBrowser(view).passed, true);
});

test("texts are filled by name; an unknown place stays to be seen", () => {
  assert.equal(fill("{a} of {b} {c}", { a: 1, b: 2 }), "1 of 2 {c}");
});
