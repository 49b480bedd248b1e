/** What may come between an observer and a clip: each is recorded, and the grave ones end the trial. */

import { microseconds } from "./protocol.js";

/**
 * @typedef {"hidden" | "paused" | "rate_changed" | "playback_error" | "page_left"} Reason why a clip cannot count
 */

export class Interruptions {
  /**
   * @param {object} options
   * @param {HTMLVideoElement} options.video
   * @param {import("./buffer.js").ChunkBuffer} options.sink
   * @param {(reason: Reason) => void} options.onInterrupted called once, for the first grave one
   * @param {Window} [options.view]
   */
  constructor({ video, sink, onInterrupted, view = window }) {
    Object.assign(this, { video, sink, onInterrupted, view });
    this.counts = { stalls: 0, blurs: 0, fullscreen_exits: 0 };
    this.listening = new view.AbortController();
    this.over = false;
  }

  start() {
    const { video, view } = this;
    const page = view.document;
    this.#on(page, "visibilitychange", () => {
      this.#note("visibility", page.visibilityState);
      if (page.visibilityState === "hidden") this.#interrupt("hidden");
    });
    this.#on(page, "fullscreenchange", () => {
      const entered = Boolean(page.fullscreenElement);
      if (!entered) this.counts.fullscreen_exits += 1;
      this.#note(entered ? "fullscreen_entered" : "fullscreen_left");
    });
    this.#on(view, "blur", () => {
      this.counts.blurs += 1;
      this.#note("blur");
    });
    this.#on(view, "focus", () => this.#note("focus"));
    this.#on(view, "pagehide", () => this.#interrupt("page_left"));
    this.#on(page.documentElement, "pointerleave", () => this.#note("pointer_left"));
    this.#on(page.documentElement, "pointerenter", () => this.#note("pointer_returned"));
    for (const kind of ["waiting", "stalled"]) {
      this.#on(video, kind, () => {
        this.counts.stalls += 1;
        this.#note(kind);
      });
    }
    this.#on(video, "playing", () => this.#note("playing"));
    this.#on(video, "ended", () => this.#note("ended"));
    this.#on(video, "pause", () => {
      if (video.ended) return; // browsers send it before "ended" as well
      this.#note("pause");
      this.#interrupt("paused");
    });
    this.#on(video, "ratechange", () => {
      this.#note("ratechange", video.playbackRate);
      if (video.playbackRate !== 1) this.#interrupt("rate_changed");
    });
    this.#on(video, "error", () => {
      this.#note("error", video.error?.message ?? "");
      this.#interrupt("playback_error");
    });
  }

  stop() {
    this.listening.abort();
  }

  #on(target, kind, listener) {
    target.addEventListener(kind, listener, { signal: this.listening.signal });
  }

  #note(kind, detail = "") {
    this.sink.event(microseconds(this.view.performance.now()), kind, detail);
  }

  #interrupt(reason) {
    if (this.over) return;
    this.over = true;
    this.onInterrupted(reason);
  }
}
