/**
 * Where the hand is. Every coalesced pointer event is kept with its own time; while the hand rests, and so sends
 * no events, the last known position is written again whenever the trial asks (at each presented frame).
 */

import { SampleKind, centipixels, microseconds } from "./protocol.js";

/** A position older than this, in ms, counts as a hand at rest. */
export const QUIET_MS = 30;

/**
 * @typedef {object} Samples takes samples, as a ChunkBuffer does
 * @property {(tUs: number, xCpx: number, yCpx: number, kind: number) => void} sample
 */

/**
 * The one event that moves are read from. `pointerrawupdate` comes as soon as the hand moves, `pointermove` once a
 * drawn frame; both carry the same positions as coalesced events, so listening to both would write each one twice.
 * @param {EventTarget} target
 * @returns {"pointerrawupdate" | "pointermove"}
 */
export const moveEvent = (target) => ("onpointerrawupdate" in target ? "pointerrawupdate" : "pointermove");

export class PointerRecorder {
  #onMove = (/** @type {Event} */ event) => this.#take(/** @type {PointerEvent} */ (event));
  #lastEventMs = -Infinity;
  #lastSampleMs = -Infinity;

  /**
   * @param {object} options
   * @param {EventTarget} options.target where pointer events are listened for (the window)
   * @param {Samples} options.sink
   * @param {() => number} [options.now] page clock, ms
   */
  constructor({ target, sink, now = () => performance.now() }) {
    this.target = target;
    this.sink = sink;
    this.now = now;
    this.source = moveEvent(target);
    /** Last known position, client CSS px. */
    this.x = 0;
    this.y = 0;
    this.counts = { moves: 0, rests: 0, coalesced_most: 0 };
  }

  /**
   * Begins with the start click, the first sample of every recording.
   * A click by keyboard has no place of its own: then the last known position stands.
   * @param {{timeStamp: number, x: number, y: number}} click page clock ms, client CSS px
   */
  start({ timeStamp, x, y }) {
    this.x = x;
    this.y = y;
    this.#write(timeStamp, SampleKind.START);
    this.#lastEventMs = timeStamp;
    this.target.addEventListener(this.source, this.#onMove);
  }

  stop() {
    this.target.removeEventListener(this.source, this.#onMove);
  }

  /**
   * Writes the last known position at this very moment, unless a pointer event is younger than QUIET_MS.
   * @param {number} [gapMs] and unless any sample is younger than this
   * @returns {boolean} whether it was written
   */
  restIfQuiet(gapMs = 0) {
    const nowMs = this.now();
    if (nowMs - this.#lastEventMs < QUIET_MS || nowMs - this.#lastSampleMs < gapMs) return false;
    this.#write(nowMs, SampleKind.REST);
    this.counts.rests += 1;
    return true;
  }

  /** @param {PointerEvent} event */
  #take(event) {
    if (event.isPrimary === false || event.pointerType === "touch") return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    const moves = coalesced.length > 0 ? coalesced : [event];
    this.counts.coalesced_most = Math.max(this.counts.coalesced_most, moves.length);
    for (const move of moves) {
      this.x = move.clientX;
      this.y = move.clientY;
      this.#write(move.timeStamp, SampleKind.MOVE);
      this.#lastEventMs = Math.max(this.#lastEventMs, move.timeStamp);
      this.counts.moves += 1;
    }
  }

  /** @param {number} tMs @param {number} kind */
  #write(tMs, kind) {
    this.#lastSampleMs = Math.max(this.#lastSampleMs, tMs);
    this.sink.sample(microseconds(tMs), centipixels(this.x), centipixels(this.y), kind);
  }
}
