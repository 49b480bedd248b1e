// The messages in ../examples, which test_examples.py reads as well: both sides mean the same by them.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { ChunkBuffer } = await import(`${PLAYER}/buffer.js`);
const { COLUMNS, PROTOCOL_VERSION, SampleKind } = await import(`${PLAYER}/protocol.js`);
const { DEFAULT_POLICY } = await import(`${PLAYER}/interruptions.js`);

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const examples = (name) => JSON.parse(read(`../examples/${name}.json`));

/** Rows of a table of columns. */
const rows = (table, name) => table.t_us.map((_, i) => COLUMNS[name].map((column) => table[column][i]));

/** What the recorder would have cut, given the rows of an example. */
function recorded({ n, samples, marks, viewports, events }) {
  const bodies = [];
  const buffer = new ChunkBuffer({ maxBytes: 65_536, onChunk: (_, body) => bodies.push(JSON.parse(body)) });
  for (let before = 0; before < n; before += 1) {
    buffer.event(0, "focus");
    buffer.cut();
  }
  for (const row of rows(samples, "samples")) buffer.sample(...row);
  for (const row of rows(marks, "marks")) buffer.mark(...row);
  for (const [t, left, top, width, height, dpr, windowWidth, windowHeight, screenWidth, screenHeight, pinch, zoom]
    of rows(viewports, "viewports")) {
    buffer.viewport(t, {
      left, top, width, height, dpr, windowWidth, windowHeight, screenWidth, screenHeight, pinch, zoom,
    });
  }
  for (const row of rows(events, "events")) buffer.event(...row);
  buffer.cut();
  return bodies.at(-1);
}

for (const { name, message } of examples("chunk").valid) {
  test(`the recorder makes the chunk of the example: ${name}`, () => {
    assert.deepEqual(recorded(message), message);
  });
}

test("columns, kinds and the usual policy are the ones that the site knows", () => {
  const words = examples("vocabulary");
  assert.deepEqual({ ...COLUMNS }, words.columns);
  assert.deepEqual({ ...SampleKind }, words.sample_kinds);
  assert.deepEqual({ ...DEFAULT_POLICY }, words.interruptions);
  assert.equal(PROTOCOL_VERSION, words.protocol);
});

test("the player notes no event that the site does not know", () => {
  const known = new Set(examples("vocabulary").event_kinds);
  const files = readdirSync(new URL(PLAYER, import.meta.url)).filter((path) => path.endsWith(".js"));
  const sources = files.map((path) => read(`${PLAYER}/${path}`)).filter((source) => source.includes(".event("));
  const calls = sources.flatMap((source) => [...source.matchAll(/#note\(([^;]*?)\)?;/g)].map(([, call]) => call));
  const noted = calls.flatMap((call) => [...call.matchAll(/"([a-z_]+)"/g)]);
  assert.ok(noted.length > 10);
  assert.deepEqual(noted.map(([, kind]) => kind).filter((kind) => !known.has(kind)), []);
});

test("what an event says is whole text, wherever it was cut", () => {
  const message = recorded({
    n: 0,
    samples: { t_us: [] }, marks: { t_us: [] }, viewports: { t_us: [] },
    events: { t_us: [1, 2], kind: ["error", "error"], detail: [`${"x".repeat(119)}😀`, "half: \ud83d"] },
  });
  assert.ok(message.events.detail.every((detail) => detail.isWellFormed()));
});

/** Every value of the summaries that the site takes is one of a name that the player's parts report. */
test("an example's summary has the names that the player's counters have", async () => {
  const { summary } = examples("finish").valid[0].message;
  const { PointerRecorder } = await import(`${PLAYER}/pointer.js`);
  const { VideoClock } = await import(`${PLAYER}/video_clock.js`);
  const { Interruptions } = await import(`${PLAYER}/interruptions.js`);
  const view = { document: { documentElement: new EventTarget() } };
  const counted = {
    ...new PointerRecorder({ target: new EventTarget(), sink: {} }).counts,
    ...new VideoClock({ video: {}, sink: {}, onFrame() {} }).counts,
    ...new Interruptions({ video: {}, sink: {}, onInterrupted() {}, view }).counts,
  };
  assert.deepEqual(Object.keys(counted).filter((name) => !(name in summary)), []);
});
