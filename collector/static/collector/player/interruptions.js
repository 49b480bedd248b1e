/**
 * What may come between an observer and a clip. Each is recorded; what it means for the trial is the study's to say
 * for the kinds named in its policy, while a clip that did not play as it should always has to be shown again.
 */

import { microseconds } from "./protocol.js";

/** @typedef {"fullscreen_left" | "focus_lost" | "hidden" | "slept" | "muted" | "resized"} Interruption */
/** @typedef {"restart" | "mark" | "abort"} Measure */
/** @typedef {Readonly<Record<Interruption, Measure>>} Policy */

/** What happens where a study says nothing else. @type {Policy} */
export const DEFAULT_POLICY = Object.freeze({
  fullscreen_left: "mark",
  focus_lost: "mark",
  hidden: "restart",
  slept: "restart",
  muted: "mark",
  resized: "mark",
});

/** Between two looks at the clocks. */
const TICK_MS = 500;
/** A page that neither ran nor was shown for so long was asleep, with the machine or on its own. */
export const SLEEP_MS = 2_000;

/**
 * @typedef {object} Events takes events, as a ChunkBuffer does
 * @property {(tUs: number, kind: string, detail: string) => void} event
 */

export class Interruptions {
  #listening = new AbortController();
  #over = false;
  #timer = 0;

  /**
   * @param {object} options
   * @param {HTMLVideoElement} options.video
   * @param {Events} options.sink
   * @param {Policy} [options.policy]
   * @param {boolean} [options.fullscreen] whether the study wants the whole screen
   * @param {(reason: string, measure: "restart" | "abort") => void} options.onInterrupted called once, for the first
   *   one that ends the trial
   * @param {Window & typeof globalThis} [options.view]
   */
  constructor({ video, sink, policy = DEFAULT_POLICY, fullscreen = false, onInterrupted, view = window }) {
    this.video = video;
    this.sink = sink;
    this.policy = policy;
    this.fullscreen = fullscreen;
    this.onInterrupted = onInterrupted;
    this.view = view;
    this.counts = {
      stalls: 0, fullscreen_left: 0, focus_lost: 0, hidden: 0, slept: 0, muted: 0, resized: 0,
    };
  }

  start() {
    // What was muted before, or left the whole screen, or was never given it, tells of itself by no event.
    this.#noteVolume();
    if (this.fullscreen && !this.#over && !this.view.document.fullscreenElement) this.#noteFullscreen();
    if (this.#over) return;
    this.#watchPage();
    this.#watchClip();
    this.#watchClocks();
  }

  /** Called, not listened for: the clip has to be over before its last parts are handed to the browser. */
  leavePage() {
    this.#note("page_left");
    this.#end("page_left");
  }

  stop() {
    this.#listening.abort();
    this.view.clearInterval(this.#timer);
  }

  #watchPage() {
    const { view } = this;
    const page = view.document;
    this.#on(page, "visibilitychange", () => {
      this.#note("visibility", page.visibilityState);
      if (page.visibilityState === "hidden") this.#interrupt("hidden");
    });
    this.#on(page, "fullscreenchange", () => this.#noteFullscreen());
    this.#on(view, "blur", () => {
      this.#note("focus_lost");
      this.#interrupt("focus_lost");
    });
    this.#on(view, "focus", () => this.#note("focus"));
    this.#on(view, "resize", () => {
      this.#note("resized", `${view.innerWidth}x${view.innerHeight} ${view.devicePixelRatio}`);
      this.#interrupt("resized");
    });
    this.#on(page.documentElement, "pointerleave", () => this.#note("pointer_left"));
    this.#on(page.documentElement, "pointerenter", () => this.#note("pointer_returned"));
  }

  #watchClip() {
    const { video } = this;
    for (const kind of ["waiting", "stalled"]) {
      this.#on(video, kind, () => {
        this.counts.stalls += 1;
        this.#note(kind);
      });
    }
    for (const kind of ["play", "playing", "ended", "seeked"]) this.#on(video, kind, () => this.#note(kind));
    this.#on(video, "seeking", () => {
      this.#note("seeking", video.currentTime);
      this.#end("seeked");
    });
    this.#on(video, "pause", () => {
      if (video.ended) return; // browsers send it before "ended" as well
      this.#note("pause");
      this.#end("paused");
    });
    this.#on(video, "ratechange", () => {
      this.#note("ratechange", video.playbackRate);
      if (video.playbackRate !== 1) this.#end("rate_changed");
    });
    this.#on(video, "volumechange", () => this.#noteVolume());
    this.#on(video, "error", () => {
      this.#note("error", video.error?.message ?? "");
      this.#end("playback_error");
    });
  }

  /** A clip that the page itself wants silent, as a made-up person does, is not held against anybody. */
  #noteVolume() {
    const { muted, defaultMuted, volume } = this.video;
    this.#note("volume", muted ? 0 : volume);
    if ((muted && !defaultMuted) || volume === 0) this.#interrupt("muted");
  }

  #noteFullscreen() {
    const { fullscreenElement } = this.view.document;
    this.#note(fullscreenElement ? "fullscreen_entered" : "fullscreen_left");
    if (!fullscreenElement) this.#interrupt("fullscreen_left");
  }

  /** Some machines stop the page clock while they sleep, others do not; the wall clock runs on everywhere. */
  #watchClocks() {
    const { view } = this;
    let page = view.performance.now();
    let wall = view.Date.now();
    this.#timer = view.setInterval(() => {
      const gapMs = Math.max(view.performance.now() - page, view.Date.now() - wall);
      page = view.performance.now();
      wall = view.Date.now();
      if (gapMs - TICK_MS < SLEEP_MS) return;
      this.#note("slept", Math.round(gapMs));
      this.#interrupt("slept");
    }, TICK_MS);
  }

  /**
   * @param {EventTarget} target
   * @param {string} kind
   * @param {() => void} listener
   */
  #on(target, kind, listener) {
    target.addEventListener(kind, listener, { signal: this.#listening.signal });
  }

  /** @param {string} kind @param {string | number} [detail] */
  #note(kind, detail = "") {
    this.sink.event(microseconds(this.view.performance.now()), kind, String(detail));
  }

  /** One that the study judges. @param {Interruption} kind */
  #interrupt(kind) {
    this.counts[kind] += 1;
    const measure = this.policy[kind];
    if (measure !== "mark") this.#end(kind, measure);
  }

  /** @param {string} reason @param {"restart" | "abort"} [measure] */
  #end(reason, measure = "restart") {
    if (this.#over) return;
    this.#over = true;
    this.onInterrupted(reason, measure);
  }
}
