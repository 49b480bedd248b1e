import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER, settle } from "./doubles.mjs";

const { ownVisit } = await import(`${PLAYER}/tabs.js`);

/** Locks as a browser gives them: one holder a name, the others wait. */
class Locks {
  #ends = new Map();

  request(name, hold) {
    const before = this.#ends.get(name) ?? Promise.resolve();
    const held = before.then(() => Promise.race([hold(), new Promise((gone) => (this.release = gone))]));
    this.#ends.set(name, held);
    return held;
  }
}

test("the only tab goes on at once", async () => {
  await ownVisit("v", { locks: new Locks() });
});

test("a second tab is told, and goes on when the first is closed", async () => {
  const locks = new Locks();
  await ownVisit("v", { locks });
  const told = [];
  let second = false;
  const waiting = ownVisit("v", { locks, patienceMs: 1, onElsewhere: () => told.push("elsewhere") }).then(() => {
    second = true;
  });
  while (told.length === 0) await settle(1);
  assert.equal(second, false);
  locks.release();
  await waiting;
  assert.deepEqual(told, ["elsewhere"]);
});

test("two visits do not know of each other", async () => {
  const locks = new Locks();
  await ownVisit("one", { locks });
  await ownVisit("two", { locks });
});

test("without locks every tab goes on", async () => {
  await ownVisit("v", { locks: null });
  await ownVisit("v", { locks: null });
});

test("a browser that refuses its locks, as where site data are blocked, lets the tab go on", async (context) => {
  context.mock.method(console, "warn", () => {});
  const told = [];
  const refuse = async () => {
    throw new DOMException("no site data", "SecurityError");
  };
  await ownVisit("v", { locks: { request: refuse }, patienceMs: 1, onElsewhere: () => told.push("elsewhere") });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(told, []);
});
