/**
 * Where the hand is. Every coalesced pointer event is kept with its own time; while the hand rests, and so sends
 * no events, the last known position is written again whenever the trial asks (at each presented frame).
 */

import { SampleKind, centipixels, microseconds } from "./protocol.js";

/** A position older than this, in ms, counts as a hand at rest. */
export const QUIET_MS = 30;

export class PointerRecorder {
  /**
   * @param {object} options
   * @param {EventTarget} options.target where pointer events are listened for (the window)
   * @param {import("./buffer.js").ChunkBuffer} options.sink
   * @param {() => number} [options.now] page clock, ms
   */
  constructor({ target, sink, now = () => performance.now() }) {
    this.target = target;
    this.sink = sink;
    this.now = now;
    /** Last known position, client CSS px, and when the hand last said it. */
    this.x = null;
    this.y = null;
    this.lastEventMs = -Infinity;
    this.counts = { moves: 0, rests: 0, coalesced_most: 0 };
    this.onMove = (event) => this.#take(event);
  }

  /**
   * Begins with the start click, the first sample of every recording.
   * A click by keyboard has no place of its own: then the last known position stands.
   */
  start({ timeStamp, x, y }) {
    this.x = x;
    this.y = y;
    this.#write(timeStamp, SampleKind.START);
    this.lastEventMs = timeStamp;
    // pointermove carries, as coalesced events, exactly what pointerrawupdate would have brought one by one:
    // listening to both would write every position twice.
    this.target.addEventListener("pointermove", this.onMove);
  }

  stop() {
    this.target.removeEventListener("pointermove", this.onMove);
  }

  /** Writes the last known position at this very moment, unless a pointer event is younger than QUIET_MS. */
  restIfQuiet() {
    const nowMs = this.now();
    if (this.x === null || nowMs - this.lastEventMs < QUIET_MS) return false;
    this.#write(nowMs, SampleKind.REST);
    this.counts.rests += 1;
    return true;
  }

  #take(event) {
    if (event.isPrimary === false || event.pointerType === "touch") return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    const moves = coalesced.length > 0 ? coalesced : [event];
    this.counts.coalesced_most = Math.max(this.counts.coalesced_most, moves.length);
    for (const move of moves) {
      this.x = move.clientX;
      this.y = move.clientY;
      this.#write(move.timeStamp, SampleKind.MOVE);
      this.lastEventMs = Math.max(this.lastEventMs, move.timeStamp);
      this.counts.moves += 1;
    }
  }

  #write(tMs, kind) {
    this.sink.sample(microseconds(tMs), centipixels(this.x), centipixels(this.y), kind);
  }
}
