/** Practice and clips, one after another in one page, so that fullscreen is asked for once. */

import { Refused } from "./api.js";
import { measureClock } from "./checks/clock.js";
import { runSoundCheck } from "./checks/sound.js";
import { element } from "./elements.js";
import { leave, offerWayOut } from "./leave.js";
import { Clips } from "./media.js";
import { pause, untilReached } from "./retry.js";
import { Screens, fill } from "./screens.js";
import { Stage } from "./stage.js";
import { StartMark } from "./start_mark.js";
import { openStore } from "./store.js";
import { ownVisit } from "./tabs.js";
import { Trial, Unplayable } from "./trial.js";
import { Uplink } from "./uplink.js";
import { wordsFor } from "./words.js";

/** @typedef {import("./trial.js").Description} Description */
/** @typedef {import("./uplink.js").Report} Report */
/** @typedef {import("./leave.js").ExitReason} ExitReason */

/**
 * @typedef {object} Visit what the session needs of the page's configuration
 * @property {string} key
 * @property {string} step
 * @property {{fullscreen: boolean, resume: "resume" | "restart" | "block"}} study
 * @property {Record<string, string>} texts
 */

/** @typedef {{practice_passed: boolean | null, shown_again: boolean}} Closed what the site says to the end of a trial */

const ASK_AGAIN_MS = 2_000;
/** Asked so often whether everything has arrived, the person is told that something is wrong. */
const COMPLETE_TRIES = 30;
/** The first seconds of a clip belong to it alone; then the next one may be fetched. */
const FETCH_AHEAD_AFTER_MS = 3_000;
/** From this share of frames that never reached the screen on, the next clip is drawn with fewer pixels. */
const SLOW_SHARE = 0.1;
/** Widths of the canvas, px: without a graphics card 1280 keeps every frame of a 720p clip, 1920 does not. */
const CANVAS_WIDTHS = [Infinity, 1_280, 854];
/** Refusals that trying again in this page cannot change: of these the page that is loaded again says more. */
const ANOTHER_PAGE = "wrong_step";
/** Refusals that nothing can change. */
const FINAL = new Set(["gone", "token_expired", "token_invalid"]);
/** Refusals after which the observer leaves with a code for the panel. @type {Record<string, ExitReason>} */
const EXITS = {
  study_full: "study_full",
  practice_failed: "practice_failed",
  nothing_watched: "nothing_watched",
  sound_tries_over: "sound_failed",
};

export class Session {
  #screens = new Screens();
  #slowness = 0;
  #stage = new Stage(element("#stage", HTMLElement));
  #video = element("#clip", HTMLVideoElement);
  #clips;
  #mark;
  /** @type {import("./checks/clock.js").Offset | null} */
  #clock = null;
  #vainTries = 0;
  #practising = false;
  /** @type {Trial | null} */
  #trial = null;

  /**
   * @param {Visit} visit
   * @param {import("./api.js").Api} api
   * @param {{madeUp: boolean}} person
   */
  constructor(visit, api, { madeUp }) {
    this.visit = visit;
    this.api = api;
    // Some pages in frames cannot have it, and a made-up person is not let.
    this.fullscreen = visit.study.fullscreen && document.fullscreenEnabled && !madeUp;
    this.texts = visit.texts;
    this.#practising = visit.step === "practice";
    this.#clips = new Clips({ renew: (sha256) => api.visit("media-link", { sha256 }) });
    this.#mark = new StartMark({
      button: element("#mark", HTMLButtonElement),
      hint: element("#mark-hint", HTMLElement),
      ways: element("#mark-ways", HTMLElement),
      texts: { wait: this.texts.mark_wait, click: this.texts.mark_click },
    });
  }

  async run() {
    try {
      await ownVisit(this.visit.key, { onElsewhere: () => this.#screens.show("elsewhere") });
      this.#screens.show("intro");
      await this.#screens.pressed("intro");
      const uplink = await this.#openUplink();
      while (!(await this.#wentToItsEnd(uplink)));
    } catch (error) {
      await this.#end(error);
    }
  }

  /**
   * Everything that is left of the visit. Whatever goes wrong, foreseen or not, another try is offered in this very
   * page (then the answer is false): a study may close a visit whose page is loaded again, or send it back to its
   * checks. Where it does neither, a second vain try in a row is followed by a fresh page, which may cure more. Throws
   * where the visit is at its end.
   * @param {Uplink} uplink
   */
  async #wentToItsEnd(uplink) {
    try {
      await this.#prepare(uplink);
      while (await this.#next(uplink)) this.#vainTries = 0;
      await this.#complete();
      return true;
    } catch (error) {
      if (isTheEnd(error)) throw error;
      console.error(error);
      this.#stage.hide();
      this.#showTrouble(0);
      await this.#leaveFullscreen();
      await this.#offerAnotherTry(error);
      this.#vainTries += 1;
      const fresh = this.#vainTries > 1 && this.visit.study.resume === "resume";
      if (fresh) location.reload();
      return fresh;
    }
  }

  async #openUplink() {
    const store = await openStore();
    element("#memory-only", HTMLElement).hidden = store.durable;
    const uplink = new Uplink({
      visit: this.visit.key,
      store,
      api: this.api,
      onProgress: (progress) => this.#showStored(progress),
      onTrouble: this.#showTrouble,
    });
    window.addEventListener("pagehide", () => {
      this.#trial?.leavePage();
      uplink.farewell();
    });
    return uplink;
  }

  /** Sends first what an earlier page, or an earlier try, has left. @param {Uplink} uplink */
  async #prepare(uplink) {
    if (await uplink.left()) this.#screens.show("saving");
    else this.#showLoading(this.texts.one_moment);
    await uplink.resume();
    this.#clock ??= await untilReached(() => measureClock(this.api), { onTrouble: this.#showTrouble });
  }

  /** Shows what comes next; false when there is nothing left. @param {Uplink} uplink */
  async #next(uplink) {
    const answer = await this.#ask("next-trial");
    if (answer.state === "finished") return false;
    if (answer.state === "sound_check") return this.#checkSound();
    /** @type {Description} */
    const description = answer.trial;
    const { id, token, token_expires_in_s: lifeS } = description;
    if (!description.practice) this.#leavePractice();
    const key = { trial: id, token, until: Date.now() + lifeS * 1000 };
    const trial = new Trial({
      description,
      stage: this.#stage.element,
      canvas: element("#picture", HTMLCanvasElement),
      video: this.#video,
      widestCanvas: CANVAS_WIDTHS[this.#slowness],
      clock: this.#clock,
      fullscreen: this.fullscreen,
      onChunk: (n, body) => uplink.addChunk(key, n, body),
    });
    this.#trial = trial;
    try {
      await this.#load(trial);
    } catch (error) {
      // It counts as an attempt, so that a clip that this browser never shows does not bar the way to the next one.
      if (error instanceof Unplayable) await uplink.finish(key, trial.giveUp("unplayable"));
      throw error;
    }
    const ready = description.practice ? "ready-practice" : "ready";
    this.#screens.show(ready, { place: this.#place(description) });
    this.#screens.progress(ready, (description.position - 1) / description.total);
    await this.#screens.pressed(ready);
    const report = await this.#watch(trial);
    this.#screens.show("saving");
    const closed = await uplink.finish(key, report);
    await this.#answer(trial, report, closed);
    return true;
  }

  /** The practice was passed in this very page, so its stepper has to be told, once. */
  #leavePractice() {
    if (this.#practising) stepOn();
    this.#practising = false;
  }

  /** In the middle of the batch: is the sound still on? */
  async #checkSound() {
    await this.#leaveFullscreen();
    const { screens, api, texts } = { screens: this.#screens, api: this.api, texts: this.texts };
    const heard = await runSoundCheck({ screens, api, texts, onTrouble: this.#showTrouble });
    if (!heard.passed) throw new Refused(403, { code: "sound_tries_over" });
    return true;
  }

  /** @param {Trial} trial */
  async #load(trial) {
    const { description } = trial;
    const loading = description.position > 1 ? this.texts.loading_next : this.texts.loading;
    this.#showLoading(loading, this.#place(description));
    const [clip] = await Promise.all([
      this.#clips.take(description.media, {
        onProgress: (share) => this.#screens.progress("loading", share),
        onTrouble: this.#showTrouble,
      }),
      pause(description.practice ? 0 : description.pause_between_s * 1000),
    ]);
    await trial.load(clip);
  }

  /** @param {string} loading @param {string} [place] */
  #showLoading(loading, place = "") {
    this.#screens.show("loading", { loading, place });
    this.#screens.progress("loading", 0);
  }

  /** @param {Trial} trial @returns {Promise<Report>} */
  async #watch(trial) {
    const { description } = trial;
    await this.#enterFullscreen();
    this.#stage.show();
    let fetchAhead;
    try {
      let click = await this.#mark.clicked();
      // Whoever left it at the mark is asked there once more: the click lets the page ask the browser.
      while (await this.#enterFullscreen()) click = await this.#mark.clicked();
      fetchAhead = setTimeout(() => this.#clips.fetchAhead(description.upcoming ?? null), FETCH_AHEAD_AFTER_MS);
      element("#picture", HTMLCanvasElement).hidden = false;
      const report = await trial.run(click);
      this.#learnSpeed(trial.clock.counts.frames_skipped / description.frames);
      return report;
    } finally {
      clearTimeout(fetchAhead);
      element("#picture", HTMLCanvasElement).hidden = true;
      this.#stage.hide();
    }
  }

  /** The recording says with how many pixels each clip was drawn. @param {number} skippedShare */
  #learnSpeed(skippedShare) {
    if (skippedShare > SLOW_SHARE) this.#slowness = Math.min(this.#slowness + 1, CANVAS_WIDTHS.length - 1);
  }

  /**
   * Tells how it went and waits for the observer where there is something to read.
   * @param {Trial} trial
   * @param {Report} report
   * @param {Closed} closed
   */
  async #answer(trial, report, closed) {
    const screen = screenAfter(trial.description, report, closed);
    if (!screen) return;
    if (closed.practice_passed) this.#leavePractice();
    const why = this.texts[`interrupted_${report.reason}`] ?? this.texts.interrupted_other;
    this.#screens.show(screen, { why });
    await this.#screens.pressed(screen);
  }

  /** The code exists only once the site has everything; the page of the next step shows it. */
  async #complete() {
    await this.#leaveFullscreen();
    this.#screens.show("saving");
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#ask("complete");
        location.reload();
        return;
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== "not_stored" || tries === COMPLETE_TRIES) throw error;
        await pause(ASK_AGAIN_MS);
      }
    }
  }

  /** @param {string} action */
  #ask(action) {
    return untilReached(() => this.api.visit(action), { onTrouble: this.#showTrouble });
  }

  /** Whether the page fills the screen now and did not before. */
  async #enterFullscreen() {
    if (!this.fullscreen || document.fullscreenElement) return false;
    try {
      await document.documentElement.requestFullscreen({ navigationUI: "hide" });
      return true;
    } catch (error) {
      console.warn("No fullscreen:", error); // recorded as one that was left
      return false;
    }
  }

  async #leaveFullscreen() {
    if (!document.fullscreenElement) return;
    await document.exitFullscreen().catch((error) => console.warn("Fullscreen was left already:", error));
  }

  /** @param {Description} description */
  #place({ practice, position, total, minutes_left: left }) {
    if (practice) return this.texts.place_practice;
    const minutes = Math.max(1, Math.round(left));
    return fill(minutes === 1 ? this.texts.place_one_minute : this.texts.place, { position, total, minutes });
  }

  /** @param {{stored: number, total: number}} progress */
  #showStored({ stored, total }) {
    this.#screens.write("stored", fill(this.texts.saving_parts, { stored, total }));
    this.#screens.progress("saving", total ? stored / total : 0);
  }

  /** One lost packet is nobody's concern; from the third failure in a row the person is told. */
  #showTrouble = (/** @type {number} */ failures) => {
    element("#network", HTMLElement).hidden = failures < 3;
  };

  /** Tells why this page cannot go on, always with a way on or out. @param {unknown} error */
  async #end(error) {
    console.error(error);
    const code = error instanceof Refused ? error.code : "";
    if (code === ANOTHER_PAGE) {
      location.reload();
      return;
    }
    await this.#leaveFullscreen();
    const why = wordsFor(error, this.texts);
    if (code in EXITS) {
      this.#screens.show("ended", { why });
      await this.#screens.pressed("ended");
      const left = leave(this.api, EXITS[code], this.#showTrouble);
      await left.catch(() => this.#screens.show("over", { why }));
    } else if (FINAL.has(code)) {
      this.#screens.show("over", { why });
    } else {
      // Nothing was watched in this page yet, so loading it again costs nothing.
      await this.#offerAnotherTry(error);
      location.reload();
    }
  }

  /** Resolves when the observer wants to try again. @param {unknown} error */
  async #offerAnotherTry(error) {
    this.#screens.show("trouble", { why: wordsFor(error, this.texts) });
    offerWayOut(this.#screens.section("trouble"), "other");
    await this.#screens.pressed("trouble");
  }
}

/** @param {unknown} error */
function isTheEnd(error) {
  return error instanceof Refused && (error.code === ANOTHER_PAGE || error.code in EXITS || FINAL.has(error.code));
}

/**
 * What there is to read after a trial, if anything.
 * @param {Description} description
 * @param {Report} report
 * @param {Closed} closed
 */
function screenAfter({ practice }, report, closed) {
  if (report.outcome === "interrupted") return closed.shown_again ? "interrupted" : "aborted";
  if (!practice) return null;
  return closed.practice_passed ? "practice-passed" : "practice-again";
}

/** Moves the page's stepper on by one. */
function stepOn() {
  const now = document.querySelector(".steps [aria-current]");
  if (!(now instanceof HTMLElement)) return;
  now.removeAttribute("aria-current");
  now.dataset.state = "done";
  now.nextElementSibling?.setAttribute("aria-current", "step");
}
