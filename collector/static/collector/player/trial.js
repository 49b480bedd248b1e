/** One clip shown once: from the loading to the end of the hold, with everything recorded on the way. */

import { wordsOf } from "./api.js";
import { ChunkBuffer } from "./buffer.js";
import { openFoveation } from "./drawing/foveation.js";
import { Interruptions } from "./interruptions.js";
import { PointerRecorder } from "./pointer.js";
import { microseconds } from "./protocol.js";
import { Machine } from "./state.js";
import { Stillness } from "./stillness.js";
import { VideoClock } from "./video_clock.js";
import { ViewportWatcher, toVideo } from "./viewport.js";

/** While the last frame is held no frame is presented, so a timer writes the rests. */
const HOLD_REST_MS = 20;
/** In clips of few frames a second, and in stalls, a rest is written when nothing was for so long. */
const REST_GAP_MS = 40;
/** Without a new frame for so long the clip will not go on by itself. */
const STUCK_MS = 10_000;
const WATCH_EVERY_MS = 500;
/** A clip that lies whole in memory opens at once; a browser that says nothing for so long never will. */
const OPEN_WITHIN_MS = 20_000;

/** @type {ReadonlySet<import("./state.js").State>} */
const RECORDING = new Set(["playing", "held"]);

/** The browser opens the file but shows no picture (HEVC without a decoder does this, without an error). */
export class Unplayable extends Error {
  name = "Unplayable";
}

/** @typedef {import("./state.js").Input} Input */

/**
 * @typedef {object} Course what next-trial handed out, as docs/wire-format.md describes it
 * @property {string} id
 * @property {string} token
 * @property {number} token_expires_in_s
 * @property {boolean} practice
 * @property {number} position
 * @property {number} total
 * @property {number} minutes_left
 * @property {number} frames
 * @property {import("./media.js").Media} media
 * @property {import("./media.js").Media | null} [upcoming]
 * @property {number} hold_after_end_s
 * @property {number} pause_between_s
 * @property {number} chunk_interval_ms
 * @property {number} max_chunk_bytes
 * @property {import("./interruptions.js").Policy} [interruptions]
 *
 * @typedef {Course & import("./drawing/sizes.js").Description} Description with what the drawing asks for
 */

export class Trial {
  /** @type {ReturnType<typeof setTimeout>[]} */
  #timers = [];
  #animation = 0;
  #startedMs = 0;
  #stillness = new Stillness(0);
  #reason = "";
  #end = () => {};
  #ending = new AbortController();
  /** @type {import("./drawing/foveation.js").Foveation | null} */
  #foveation = null;
  /** @type {ViewportWatcher | null} */
  #viewport = null;

  /**
   * @param {object} options
   * @param {Description} options.description
   * @param {HTMLElement} options.stage
   * @param {HTMLCanvasElement} options.canvas
   * @param {HTMLVideoElement} options.video
   * @param {number} [options.widestCanvas] px, for computers that cannot draw every pixel in time
   * @param {import("./checks/clock.js").Offset | null} [options.clock] from the page's clock to the site's
   * @param {boolean} [options.fullscreen] whether the study wants the whole screen
   * @param {(n: number, body: string) => void} options.onChunk
   */
  constructor({
    description,
    stage,
    canvas,
    video,
    widestCanvas = Infinity,
    clock = null,
    fullscreen = false,
    onChunk,
  }) {
    this.description = description;
    this.stage = stage;
    this.canvas = canvas;
    this.video = video;
    this.widestCanvas = widestCanvas;
    this.offset = clock;
    this.buffer = new ChunkBuffer({ maxBytes: description.max_chunk_bytes, onChunk });
    this.machine = new Machine((state) => this.#note("state", state));
    this.pointer = new PointerRecorder({ target: window, sink: this.buffer });
    this.clock = new VideoClock({ video, sink: this.buffer, onFrame: () => this.#onFrame() });
    this.interruptions = new Interruptions({
      video,
      sink: this.buffer,
      policy: description.interruptions,
      fullscreen,
      onInterrupted: (reason, measure) => this.#breakOff(reason, measure),
    });
    /** @type {Promise<void>} */
    this.over = new Promise((resolve) => (this.#end = resolve));
  }

  /**
   * Opens the clip, ready to start at once; throws Unplayable.
   * @param {Blob} clip
   */
  async load(clip) {
    soundOn(this.video); // it stays muted from one clip to the next
    this.clock.listen(); // before anything is presented: the first frame counts as well
    await open(this.video, clip);
    this.machine.take("loaded");
  }

  /**
   * Plays and records.
   * @param {{timeStamp: number, x: number, y: number}} click the start click, client CSS px
   * @returns {Promise<import("./uplink.js").Report>}
   */
  async run(click) {
    this.#orFail(() => this.#start(click));
    await this.over;
    return this.#report();
  }

  /**
   * Ends before it began.
   * @param {string} reason
   * @returns {import("./uplink.js").Report}
   */
  giveUp(reason) {
    this.#startedMs = performance.now();
    this.#breakOff(reason);
    return this.#report();
  }

  /** The page goes away: what was recorded so far is cut off at once. */
  leavePage() {
    if (RECORDING.has(this.machine.state)) this.interruptions.leavePage();
  }

  /** @returns {import("./uplink.js").Report} */
  #report() {
    return {
      chunks: this.buffer.count,
      outcome: this.machine.state === "finished" ? "complete" : "interrupted",
      reason: this.#reason,
      summary: this.#summary(),
    };
  }

  /** @param {{timeStamp: number, x: number, y: number}} click */
  #start(click) {
    const { description, stage, video } = this;
    this.#startedMs = performance.now();
    this.#stillness = new Stillness(this.#startedMs);
    const foveation = openFoveation({
      canvas: this.canvas,
      video,
      description,
      widestCanvas: this.widestCanvas,
      onFallback: (kind) => this.#onFallback(kind),
    });
    this.#foveation = foveation;
    this.#viewport = new ViewportWatcher({
      stage,
      picture: () => foveation.canvas,
      size: { width: video.videoWidth, height: video.videoHeight },
      sink: this.buffer,
    });
    this.#viewport.start();
    this.pointer.start(click);
    this.#note("renderer", foveation.kind);
    this.machine.take("play");
    this.interruptions.start();
    if (!this.machine.over) this.clock.start();
    if (this.machine.over) return; // by what was there before the clip began, or by its first frame
    this.#animate();
    this.#every(description.chunk_interval_ms, () => this.buffer.cut());
    this.#every(WATCH_EVERY_MS, () => this.#watchProgress());
    video.addEventListener("ended", () => this.#hold(), { once: true, signal: this.#ending.signal });
    video.play().catch((error) => {
      if (this.machine.over) return; // stopped before it began
      this.#note("play_refused", error.name);
      this.#breakOff("play_refused");
    });
  }

  /** Drawn in the callback itself: until the next animation frame the video may have gone on. */
  #onFrame() {
    this.#orFail(() => {
      this.#foveation?.newFrame();
      this.#viewport?.note();
      this.pointer.restIfQuiet();
      this.#draw();
    });
  }

  /** Between presented frames the window moves with the hand, and rests are written where no frame comes. */
  #animate() {
    this.#animation = requestAnimationFrame(() => this.#animate());
    if (this.machine.state === "playing") this.pointer.restIfQuiet(REST_GAP_MS);
    if (this.clock.counts.marks > 0) this.#orFail(() => this.#draw()); // before that the stage stays grey
  }

  #draw() {
    if (!this.#foveation || !this.#viewport) return;
    const { videoWidth: width, videoHeight: height } = this.video;
    this.#foveation.draw(toVideo(this.pointer, this.#viewport.rect, { width, height }));
  }

  /** What nobody foresaw ends the clip: a stage that nothing is drawn on would be watched to its end. @param {() => void} work */
  #orFail(work) {
    try {
      work();
    } catch (error) {
      if (this.machine.over) return;
      console.error(error);
      this.#note("failed", wordsOf(error));
      this.#breakOff("player_failed");
    }
  }

  /** The renderer was lost and another draws on, perhaps on another canvas. @param {string} kind */
  #onFallback(kind) {
    this.#note("renderer_lost", kind);
    this.#viewport?.fit();
  }

  #watchProgress() {
    const visible = document.visibilityState === "visible";
    const stillMs = this.#stillness.look(performance.now(), this.clock.lastFrameMs, visible);
    if (this.machine.state !== "playing" || stillMs <= STUCK_MS) return;
    this.#note("stuck");
    this.#breakOff("stuck");
  }

  /** The hand is late: what it says about the last frames comes after them. */
  #hold() {
    if (this.machine.over) return;
    this.machine.take("ended");
    this.#every(HOLD_REST_MS, () => this.pointer.restIfQuiet());
    const finish = () => {
      if (this.machine.over) return;
      this.#close("hold_over");
    };
    this.#timers.push(setTimeout(finish, this.description.hold_after_end_s * 1000));
  }

  /** @param {string} reason @param {"restart" | "abort"} [measure] */
  #breakOff(reason, measure = "restart") {
    if (this.machine.over) return;
    this.#reason = reason;
    this.#close(measure === "abort" ? "abandon" : "interrupt");
  }

  /** At once, for a page that goes away runs nothing later: the last part has to be cut by then. @param {Input} input */
  #close(input) {
    this.machine.take(input);
    this.#stop();
    this.#end();
  }

  #stop() {
    this.#ending.abort();
    this.#timers.forEach(clearTimeout); // clears intervals as well
    cancelAnimationFrame(this.#animation);
    this.pointer.stop();
    this.clock.stop();
    this.#viewport?.stop();
    this.interruptions.stop();
    this.#foveation?.stop();
    this.video.pause();
    this.buffer.cut();
  }

  /** @param {number} ms @param {() => void} action */
  #every(ms, action) {
    this.#timers.push(setInterval(action, ms));
  }

  /** @param {string} kind @param {string} [detail] */
  #note(kind, detail = "") {
    this.buffer.event(microseconds(performance.now()), kind, detail);
  }

  #summary() {
    return {
      ...this.pointer.counts,
      ...this.clock.counts,
      ...this.interruptions.counts,
      ...this.#foveation?.facts(),
      samples: this.buffer.totals.samples,
      viewport_changes: this.#viewport?.changes ?? 0,
      ...(this.offset && {
        clock_offset_us: this.offset.offset_us,
        clock_round_trip_us: this.offset.round_trip_us,
      }),
      duration_ms: Math.round(performance.now() - this.#startedMs),
      reason: this.#reason,
    };
  }
}

/** @param {HTMLVideoElement} video */
function soundOn(video) {
  video.muted = video.defaultMuted;
  if (video.volume === 0) video.volume = 1;
}

/** @param {HTMLVideoElement} video @param {Blob} clip */
async function open(video, clip) {
  URL.revokeObjectURL(video.src);
  video.src = URL.createObjectURL(clip);
  video.load();
  const listening = new AbortController();
  const { signal } = listening;
  try {
    await new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) => reject(new Unplayable(why));
      video.addEventListener("canplaythrough", resolve, { signal });
      video.addEventListener("error", () => fail(video.error?.message ?? "the browser cannot open it"), { signal });
      const timer = setTimeout(fail, OPEN_WITHIN_MS, "it does not open");
      signal.addEventListener("abort", () => clearTimeout(timer));
    });
  } finally {
    listening.abort();
  }
  if (video.videoWidth === 0) throw new Unplayable("no picture");
}
