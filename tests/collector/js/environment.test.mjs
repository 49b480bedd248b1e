import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, event } from "./doubles.mjs";

const { checkBrowser, checkDesktop, checkStorage } = await import(`${PLAYER}/checks/environment.js`);
const { checkMouse, judgePointing, looksLikeTouchpad } = await import(`${PLAYER}/checks/mouse.js`);
const { checkWindow } = await import(`${PLAYER}/checks/window.js`);
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

const view = (innerWidth, innerHeight, screen = { width: innerWidth, height: innerHeight }, fullscreenEnabled = true) => ({
  innerWidth, innerHeight, screen, document: { fullscreenEnabled },
});
const LEAST = { width: 1_000, height: 600 };

test("the window must reach the study's size both ways", () => {
  assert.equal(checkWindow(LEAST, { fullscreen: false }, view(1_000, 600)).passed, true);
  assert.deepEqual(checkWindow(LEAST, { fullscreen: false }, view(1_400, 599)), {
    passed: false,
    value: "1400×599",
  });
});

test("where the study fills the screen, the screen must be large enough, if the browser lets it be filled", () => {
  const small = [1_280, 580, { width: 1_280, height: 720 }];
  assert.deepEqual(checkWindow(LEAST, { fullscreen: true }, view(...small)), { passed: true, value: "1280×720" });
  assert.equal(checkWindow(LEAST, { fullscreen: false }, view(...small)).passed, false);
  assert.equal(checkWindow(LEAST, { fullscreen: true }, view(...small, false)).passed, false);
});

test("a browser that keeps nothing on the computer is no reason to send anybody away", () => {
  assert.deepEqual(checkStorage({ durable: false }), { passed: true, value: "memory" });
});

test("small and sideways scrolling looks like a touchpad, notches and lines do not", () => {
  assert.equal(looksLikeTouchpad({ deltaX: 0, deltaY: 3.5, deltaMode: 0 }), true);
  assert.equal(looksLikeTouchpad({ deltaX: 2, deltaY: 120, deltaMode: 0 }), true);
  assert.equal(looksLikeTouchpad({ deltaX: 0, deltaY: -120, deltaMode: 0 }), false);
  assert.equal(looksLikeTouchpad({ deltaX: 0, deltaY: 3, deltaMode: 1 }), false);
});

test("the person's word counts, not the guess; a touchpad passes where the study takes one", () => {
  assert.deepEqual(judgePointing("mouse", { wheel: "touchpad", touchpad: false }), {
    passed: true,
    value: "mouse, scrolls like a touchpad",
  });
  assert.deepEqual(judgePointing("touchpad", { wheel: "none", touchpad: false }), { passed: false, value: "touchpad" });
  assert.equal(judgePointing("touchpad", { wheel: "none", touchpad: true }).passed, true);
  assert.equal(judgePointing("touch", { wheel: "none", touchpad: true }).passed, false);
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
