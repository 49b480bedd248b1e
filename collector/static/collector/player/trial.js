/** One clip shown once: from the start click to the end of the hold, with everything recorded on the way. */

import { ChunkBuffer } from "./buffer.js";
import { Foveation, drawingScale } from "./foveation.js";
import { Interruptions } from "./interruptions.js";
import { PointerRecorder } from "./pointer.js";
import { microseconds } from "./protocol.js";
import { VideoClock } from "./video_clock.js";
import { ViewportWatcher, containedSize, toVideo } from "./viewport.js";

/** While the last frame is held no frame is presented, so a timer writes the rests. */
const HOLD_REST_MS = 20;
/** Without a new frame for so long the clip will not go on by itself. */
const STUCK_MS = 10_000;
const WATCH_EVERY_MS = 500;

/** The browser opens the file but shows no picture (HEVC without a decoder does this, without an error). */
export class Unplayable extends Error {}

/**
 * Puts a fetched clip into the video element, ready to start at once.
 * @param {HTMLVideoElement} video
 * @param {Blob} clip
 */
export async function loadClip(video, clip) {
  URL.revokeObjectURL(video.src);
  video.src = URL.createObjectURL(clip);
  video.load();
  await new Promise((resolve, reject) => {
    video.oncanplaythrough = resolve;
    video.onerror = () => reject(new Unplayable(video.error?.message));
  }).finally(() => {
    video.oncanplaythrough = video.onerror = null;
  });
  if (video.videoWidth === 0) throw new Unplayable("no picture");
}

export class Trial {
  /**
   * @param {object} options
   * @param {object} options.description what next-trial handed out
   * @param {HTMLElement} options.stage
   * @param {HTMLCanvasElement} options.canvas
   * @param {HTMLVideoElement} options.video with the clip loaded
   * @param {number} [options.widestCanvas] px, for computers that cannot draw every pixel in time
   * @param {(n: number, body: string) => void} options.onChunk
   */
  constructor({ description, stage, canvas, video, widestCanvas, onChunk }) {
    Object.assign(this, { description, stage, canvas, video });
    this.buffer = new ChunkBuffer({ maxBytes: description.max_chunk_bytes, onChunk });
    const picture = { width: video.videoWidth, height: video.videoHeight };
    const box = { width: stage.clientWidth, height: stage.clientHeight };
    const shown = { width: containedSize(box, picture).width * devicePixelRatio };
    const scale = drawingScale(picture, shown, widestCanvas);
    this.foveation = new Foveation({ canvas, video, scale, shares: description.foveation });
    this.pointer = new PointerRecorder({ target: window, sink: this.buffer });
    this.clock = new VideoClock({ video, sink: this.buffer, onFrame: () => this.#onFrame() });
    this.viewport = new ViewportWatcher({ stage, picture: canvas, sink: this.buffer, size: picture });
    this.timers = [];
    this.ending = new AbortController();
  }

  /**
   * Plays and records.
   * @param {{timeStamp: number, x: number, y: number}} click the start click, client CSS px
   * @returns {Promise<{chunks: number, outcome: "complete" | "interrupted", reason: string, summary: object}>}
   */
  async run(click) {
    const reason = await new Promise((resolve) => {
      this.interruptions = new Interruptions({ video: this.video, sink: this.buffer, onInterrupted: resolve });
      const onEnded = () => this.#hold(() => resolve(""));
      this.video.addEventListener("ended", onEnded, { once: true, signal: this.ending.signal });
      this.#start(click, resolve);
    });
    this.#stop();
    return {
      chunks: this.buffer.count,
      outcome: reason ? "interrupted" : "complete",
      reason,
      summary: this.#summary(),
    };
  }

  #start(click, interrupt) {
    this.viewport.start();
    this.interruptions.start();
    this.pointer.start(click);
    this.clock.start();
    const { canvas, sizes } = this.foveation;
    this.#note("renderer", `2d ${canvas.width}x${canvas.height} blur ${sizes.small.width}x${sizes.small.height}`);
    this.#every(this.description.chunk_interval_ms, () => this.buffer.cut());
    this.#every(WATCH_EVERY_MS, () => {
      const still = performance.now() - (this.clock.lastFrameMs ?? this.startedMs);
      if (!this.video.ended && still > STUCK_MS) interrupt("stuck");
    });
    this.startedMs = performance.now();
    this.#draw();
    this.video.play().catch((error) => {
      this.#note("play_refused", error.name);
      interrupt("play_refused");
    });
  }

  #onFrame() {
    this.foveation.newFrame();
    this.viewport.note();
    this.pointer.restIfQuiet();
  }

  #draw() {
    this.animation = requestAnimationFrame(() => this.#draw());
    if (this.clock.counts.marks === 0) return; // nothing was presented yet: the stage stays grey
    const { x, y } = this.pointer;
    this.foveation.draw(toVideo({ x, y }, this.viewport.rect, this.foveation.picture));
  }

  /** The hand is late: what it says about the last frames comes after them. */
  #hold(done) {
    this.#note("hold");
    this.#every(HOLD_REST_MS, () => this.pointer.restIfQuiet());
    this.timers.push(setTimeout(done, this.description.hold_after_end_s * 1000));
  }

  #stop() {
    this.ending.abort();
    this.timers.forEach(clearTimeout); // clears intervals as well
    cancelAnimationFrame(this.animation);
    this.pointer.stop();
    this.clock.stop();
    this.viewport.stop();
    this.interruptions.stop();
    this.video.pause();
    this.buffer.cut();
  }

  #every(ms, action) {
    this.timers.push(setInterval(action, ms));
  }

  #note(kind, detail = "") {
    this.buffer.event(microseconds(performance.now()), kind, detail);
  }

  #summary() {
    return {
      ...this.pointer.counts,
      ...this.clock.counts,
      ...this.interruptions.counts,
      samples: this.buffer.totals.samples,
      viewport_changes: this.viewport.changes,
      duration_ms: Math.round(performance.now() - this.startedMs),
    };
  }
}
