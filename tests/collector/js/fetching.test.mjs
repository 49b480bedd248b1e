import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { Refused, Unreachable } = await import(`${PLAYER}/api.js`);
const { fetchWhole } = await import(`${PLAYER}/fetching.js`);

/** Fetches from a site that gives one answer after the other; what came, how often it was asked and what was told. */
const fetched = async (answers, options = {}) => {
  const told = [];
  let calls = 0;
  const fetch = async (_url, request) => answers[calls++](request);
  const onTrouble = (failures) => told.push(failures);
  const blob = await fetchWhole("/tones.wav", { fetch, onTrouble, wait: async () => {}, ...options });
  return { text: await blob.text(), calls, told };
};
const whole = () => new Response("tones");
const status = (code) => () => new Response("", { status: code });

test("a site that cannot be reached is asked again, and the page told", async () => {
  const offline = () => {
    throw new TypeError("Failed to fetch");
  };
  const { text, told } = await fetched([offline, status(503), status(429), whole]);
  assert.equal(text, "tones");
  assert.deepEqual(told, [1, 2, 3, 0]);
});

test("a site that stays away is told in the end", async () => {
  const away = Array.from({ length: 20 }, () => status(503));
  await assert.rejects(fetched(away), Unreachable);
});

test("a file that breaks off in the middle is fetched again", async () => {
  const broken = () => new Response(new ReadableStream({ pull: (stream) => stream.error(new TypeError("network")) }));
  assert.equal((await fetched([broken, whole])).calls, 2);
});

test("a line that brings nothing is given up and tried again", async () => {
  const silent = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const hold = setTimeout(() => {}, 10_000); // the timer of a signal keeps no process alive
  assert.equal((await fetched([silent, whole], { withinMs: 5 })).calls, 2);
  clearTimeout(hold);
});

test("a file that the site does not give out is not asked for again", async () => {
  await assert.rejects(fetched([status(404)]), Refused);
});
