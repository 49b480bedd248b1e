/** Practice and clips, one after another in one page, so that fullscreen is asked for once. */

import { Refused } from "./api.js";
import { ClipUnavailable, fetchClip } from "./media.js";
import { pause, untilReached } from "./retry.js";
import { Screens, fill } from "./screens.js";
import { StartMark } from "./start_mark.js";
import { openStore } from "./store.js";
import { Trial, Unplayable, loadClip } from "./trial.js";
import { Uplink } from "./uplink.js";

const ASK_AGAIN_MS = 2_000;
/** From this share of frames that never reached the screen on, the next clip is drawn with fewer pixels. */
const SLOW_SHARE = 0.1;
/** Widths of the canvas, px: without a graphics card 1280 keeps every frame of a 720p clip, 1920 does not. */
const CANVAS_WIDTHS = [Infinity, 1_280, 854];
/** Refusals that trying again cannot change: the visit is over. */
const FINAL = new Set([
  "study_full", "practice_failed", "nothing_watched", "gone", "token_expired", "token_invalid",
]);

export class Session {
  /**
   * @param {object} visit the page's configuration
   * @param {import("./api.js").Api} api
   */
  constructor(visit, api) {
    Object.assign(this, { visit, api, texts: visit.texts });
    this.screens = new Screens();
    this.slowness = 0;
    this.stage = document.getElementById("stage");
    this.canvas = document.getElementById("picture");
    this.video = document.getElementById("clip");
    this.mark = new StartMark({
      button: document.getElementById("mark"),
      hint: document.getElementById("mark-hint"),
      texts: { wait: this.texts.mark_wait, click: this.texts.mark_click },
    });
  }

  async run() {
    try {
      await this.screens.pressed("intro");
      await this.#open();
      while (await this.#next());
      await this.#complete();
    } catch (error) {
      this.#trouble(error);
    }
  }

  async #open() {
    const store = await openStore();
    this.uplink = new Uplink({
      visit: this.visit.key,
      store,
      api: this.api,
      onProgress: (progress) => this.#showStored(progress),
      onTrouble: (failures) => this.#showTrouble(failures),
    });
    document.getElementById("memory-only").hidden = store.durable;
    if (await this.uplink.left()) this.screens.show("saving");
    else this.screens.show("loading", { loading: this.texts.one_moment, place: "" });
    await this.uplink.resume();
  }

  /** Shows what comes next; false when there is nothing left. */
  async #next() {
    const answer = await this.#ask("next-trial");
    if (answer.state === "finished") return false;
    const { trial } = answer;
    await this.#load(trial);
    this.screens.show(trial.practice ? "ready-practice" : "ready", { place: this.#place(trial) });
    await this.screens.pressed(trial.practice ? "ready-practice" : "ready");
    const report = await this.#watch(trial);
    this.screens.show("saving");
    const closed = await this.uplink.finish({ trial: trial.id, token: trial.token }, report);
    await this.#answer(trial, report, closed);
    return true;
  }

  async #load(trial) {
    const loading = trial.position > 1 ? this.texts.loading_next : this.texts.loading;
    this.screens.show("loading", { loading, place: this.#place(trial) });
    this.screens.progress("loading", 0);
    const onProgress = (share) => this.screens.progress("loading", share);
    const [clip] = await Promise.all([
      fetchClip(trial.media, { onProgress }),
      pause(trial.practice ? 0 : trial.pause_between_s * 1000),
    ]);
    await loadClip(this.video, clip);
  }

  async #watch(description) {
    await this.#enterFullscreen();
    this.stage.hidden = false;
    try {
      const click = await this.mark.clicked();
      const onChunk = (n, body) =>
        this.uplink.addChunk({ trial: description.id, token: description.token }, n, body);
      const { stage, canvas, video } = this;
      const widestCanvas = CANVAS_WIDTHS[this.slowness];
      const trial = new Trial({ description, stage, canvas, video, widestCanvas, onChunk });
      canvas.hidden = false;
      const report = await trial.run(click);
      this.#learnSpeed(report.summary.frames_skipped / description.frames);
      return report;
    } finally {
      this.stage.hidden = this.canvas.hidden = true;
    }
  }

  /** The recording says with how many pixels each clip was drawn. */
  #learnSpeed(skippedShare) {
    if (skippedShare > SLOW_SHARE) this.slowness = Math.min(this.slowness + 1, CANVAS_WIDTHS.length - 1);
  }

  /** Tells how it went and waits for the observer where there is something to read. */
  async #answer(trial, report, closed) {
    let screen = null;
    if (report.outcome === "interrupted") screen = "interrupted";
    else if (trial.practice) screen = closed.practice_passed === false ? "practice-again" : "practice-passed";
    if (!screen) return;
    if (screen === "practice-passed") this.#stepOn();
    const why = this.texts[`interrupted_${report.reason}`] ?? this.texts.interrupted_other;
    this.screens.show(screen, { why });
    await this.screens.pressed(screen);
  }

  /** The code exists only once the site has everything; the page of the next step shows it. */
  async #complete() {
    if (document.fullscreenElement) await document.exitFullscreen();
    this.screens.show("saving");
    for (;;) {
      try {
        await this.#ask("complete");
        location.reload();
        return;
      } catch (error) {
        if (error.code !== "not_stored") throw error;
        await pause(ASK_AGAIN_MS);
      }
    }
  }

  #ask(action) {
    return untilReached(() => this.api.visit(action), { onTrouble: (failures) => this.#showTrouble(failures) });
  }

  async #enterFullscreen() {
    if (!this.visit.study.fullscreen || document.fullscreenElement) return;
    try {
      await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    } catch (error) {
      console.warn("No fullscreen:", error); // the window's size is recorded either way
    }
  }

  /** The practice was passed in this very page, so its stepper has to be told. */
  #stepOn() {
    const now = document.querySelector(".steps [aria-current]");
    now.removeAttribute("aria-current");
    now.dataset.state = "done";
    now.nextElementSibling.setAttribute("aria-current", "step");
  }

  #place({ practice, position, total, minutes_left: minutes }) {
    if (practice) return this.texts.place_practice;
    const values = { position, total, minutes: Math.max(1, Math.round(minutes)) };
    return fill(values.minutes === 1 ? this.texts.place_one_minute : this.texts.place, values);
  }

  #showStored({ stored, total }) {
    this.screens.write("stored", fill(this.texts.saving_parts, { stored, total }));
    this.screens.progress("saving", total ? stored / total : 0);
  }

  /** One lost packet is nobody's concern; from the third failure in a row the person is told. */
  #showTrouble(failures) {
    document.getElementById("network").hidden = failures < 3;
  }

  #trouble(error) {
    console.error(error);
    this.stage.hidden = true;
    if (error instanceof Refused && error.code === "wrong_step") {
      location.reload();
      return;
    }
    let why = this.texts.trouble_other;
    const screen = FINAL.has(error.code) ? "over" : "trouble";
    if (error instanceof Refused) why = this.texts[`refused_${error.code}`] ?? error.message;
    else if (error instanceof Unplayable) why = this.texts.trouble_unplayable;
    else if (error instanceof ClipUnavailable) why = this.texts.trouble_clip;
    this.screens.show(screen, { why });
    if (screen === "trouble") this.screens.pressed(screen).then(() => location.reload());
  }
}
