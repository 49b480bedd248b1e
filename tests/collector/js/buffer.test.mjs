import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { ChunkBuffer } = await import(`${PLAYER}/buffer.js`);
const { COLUMNS } = await import(`${PLAYER}/protocol.js`);

const collect = (maxBytes) => {
  const chunks = [];
  const buffer = new ChunkBuffer({ maxBytes, onChunk: (n, body) => chunks.push({ n, body }) });
  return { buffer, chunks };
};

test("chunks are numbered from 0 without gaps and hold every row once, in order", () => {
  const { buffer, chunks } = collect(2_000);
  for (let i = 0; i < 1_000; i += 1) buffer.sample(i, 2 * i, 3 * i, 0);
  buffer.cut();
  const parsed = chunks.map(({ body }) => JSON.parse(body));
  assert.ok(chunks.length > 1);
  assert.deepEqual(parsed.map(({ n }) => n), parsed.map((_, i) => i));
  assert.deepEqual(parsed.flatMap(({ samples }) => samples.t_us), Array.from({ length: 1_000 }, (_, i) => i));
  assert.equal(buffer.count, chunks.length);
  assert.equal(buffer.totals.samples, 1_000);
});

test("no chunk is larger than the limit, whatever it holds", () => {
  const { buffer, chunks } = collect(4_096);
  const far = 2 ** 46;
  for (let i = 0; i < 300; i += 1) {
    buffer.sample(far + i, -10_000_000, -10_000_000, 1);
    buffer.mark(far + i, far, far, 2 ** 31 - 1);
    buffer.viewport(far + i, {
      left: -10_000_000, top: -10_000_000, width: 10_000_000, height: 10_000_000,
      dpr: 2_000, windowWidth: 10_000, windowHeight: 10_000,
    });
    buffer.event(far + i, "error", "\u0001é\"".repeat(50));
  }
  buffer.cut();
  for (const { body } of chunks) assert.ok(new TextEncoder().encode(body).length <= 4_096);
});

test("every table has all its columns, of one length", () => {
  const { buffer, chunks } = collect(65_536);
  buffer.sample(1, 2, 3, 2);
  buffer.event(4, "focus");
  buffer.cut();
  const chunk = JSON.parse(chunks[0].body);
  assert.equal(chunk.protocol, 1);
  for (const [table, columns] of Object.entries(COLUMNS)) {
    assert.deepEqual(Object.keys(chunk[table]), columns);
    assert.equal(new Set(Object.values(chunk[table]).map((column) => column.length)).size, 1);
  }
});

test("an empty chunk is not made", () => {
  const { buffer, chunks } = collect(65_536);
  buffer.cut();
  buffer.sample(1, 2, 3, 0);
  buffer.cut();
  buffer.cut();
  assert.equal(chunks.length, 1);
});

test("a long detail is shortened", () => {
  const { buffer, chunks } = collect(65_536);
  buffer.event(1, "error", "x".repeat(5_000));
  buffer.cut();
  assert.ok(JSON.parse(chunks[0].body).events.detail[0].length <= 200);
});
