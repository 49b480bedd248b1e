/** The check of computer, hand and ear: part after part, each with a remedy, another try, and a decent way out. */

import { calibrationFrom, judgeCalibration, startCardSlider } from "./checks/calibration.js";
import { DeviceList } from "./checks/device.js";
import { describeEnvironment } from "./checks/environment.js";
import { follow } from "./checks/follow.js";
import { WheelWatcher, judgePointing } from "./checks/mouse.js";
import { runSoundCheck } from "./checks/sound.js";
import { element } from "./elements.js";
import { leave, offerWayOut } from "./leave.js";
import { untilReached } from "./retry.js";
import { Screens, fill } from "./screens.js";
import { wordsFor } from "./words.js";

/** What a failed check means for the visit, if the person wants to leave. @type {Record<string, ExitReason>} */
const EXIT = {
  desktop: "no_desktop",
  browser: "browser",
  window: "window",
  picture: "codec",
  mouse: "touch",
  pointing: "touch",
  refresh: "refresh",
  drawing: "too_slow",
  calibration: "calibration",
  follow: "follow_failed",
  sound: "sound_failed",
};

/**
 * @typedef {import("./leave.js").ExitReason} ExitReason
 * @typedef {import("./checks/result.js").CheckResult} CheckResult
 *
 * @typedef {object} StudyRules what the study asks of a computer and of a person
 * @property {number} min_window_width_px CSS px
 * @property {number} min_window_height_px CSS px
 * @property {boolean} fullscreen
 * @property {{calibration: "off" | "offered" | "required", distance_cm: number}} viewing
 * @property {{touchpad: boolean, slow_drawing: boolean, min_refresh_hz: number, follow_min_share: number,
 *   follow_seconds: number, follow_radius_share: number}} checks
 * @property {import("./drawing/sizes.js").Foveation} foveation
 * @property {{width: number, height: number} | null} largest_picture video px
 *
 * @typedef {object} CheckPage
 * @property {StudyRules} study
 * @property {string[]} parts of this check, in order
 * @property {string} check_clip address of a tiny clip
 * @property {Record<"720p" | "1080p" | "2160p", string>} check_clips addresses of the clips that drawing is measured on
 * @property {Record<string, string>} texts
 */

/**
 * @param {CheckPage} visit
 * @param {import("./api.js").Api} api
 */
export function startCheck(visit, api) {
  return new DeviceCheck(visit, api).run();
}

class DeviceCheck {
  #visit;
  #api;
  #screens = new Screens();
  #wheel = new WheelWatcher();
  /** @type {DeviceList} */
  #device;
  /** @type {Record<string, CheckResult>} */
  #results = {};
  /** @type {ReturnType<typeof calibrationFrom> | null} */
  #calibration = null;

  /** @param {CheckPage} visit @param {import("./api.js").Api} api */
  constructor(visit, api) {
    this.#visit = visit;
    this.#api = api;
    const section = this.#screens.section("device");
    this.#device = new DeviceList({
      section,
      visit,
      api,
      onLongWait: () => offerWayOut(section, EXIT.mouse),
      onTrouble: this.#tellTrouble,
    });
  }

  async run() {
    /** @type {Record<string, () => Promise<void>>} */
    const parts = {
      device: () => this.#runDevice(),
      pointing: () => this.#askPointing(),
      calibration: () => this.#calibrate(),
      follow: () => this.#runFollow(),
      sound: () => this.#hear(),
    };
    try {
      for (const name of this.#visit.parts) {
        this.#at(name);
        await parts[name]();
      }
      await this.#report(true);
      this.#at("");
      this.#screens.show("passed");
      await this.#screens.pressed("passed");
      location.reload(); // the site knows the step: the same address shows what comes next
    } catch (error) {
      await this.#trouble(error);
    }
  }

  async #runDevice() {
    const section = this.#screens.section("device");
    const actions = element(".actions", HTMLElement, section);
    this.#screens.show("device", { "device-said": "" });
    for (let failed = await this.#device.run(); failed; failed = await this.#device.run()) {
      this.#screens.write("device-said", this.#visit.texts.check_failed);
      offerWayOut(section, EXIT[failed] ?? "other");
      actions.hidden = false;
      await this.#report(false);
      await this.#screens.pressed("device");
      actions.hidden = true;
      this.#screens.write("device-said", "");
    }
  }

  async #askPointing() {
    const { study, texts } = this.#visit;
    this.#screens.show("pointing", { "pointing-said": "" });
    for (;;) {
      const answer = await this.#screens.pressed("pointing");
      const result = judgePointing(answer, { wheel: this.#wheel.guess, touchpad: study.checks.touchpad });
      if (await this.#settled("pointing", result)) return;
      this.#screens.write("pointing-said", texts[`remedy_${answer}`]);
    }
  }

  async #calibrate() {
    const { calibration, distance_cm: distance } = this.#visit.study.viewing;
    const section = this.#screens.section("calibration");
    this.#screens.show("calibration");
    const slider = startCardSlider(section);
    if (calibration === "required") offerWayOut(section, EXIT.calibration);
    const answer = await this.#screens.pressed("calibration");
    this.#calibration = answer === "fits" ? calibrationFrom(slider.cardPx, distance) : null;
    await this.#settled("calibration", judgeCalibration(this.#calibration, calibration === "required"));
  }

  async #runFollow() {
    const { checks } = this.#visit.study;
    const section = this.#screens.section("follow");
    const rules = {
      seconds: checks.follow_seconds,
      radius_share: checks.follow_radius_share,
      min_share: checks.follow_min_share,
    };
    const actions = element(".actions", HTMLElement, section);
    const area = element("[data-area]", HTMLElement, section);
    const dot = element("[data-dot]", HTMLElement, section);
    const { texts } = this.#visit;
    this.#screens.show("follow", { "follow-said": "" });
    for (;;) {
      this.#screens.progress("follow", 0);
      const result = await follow({
        area, dot, rules, onProgress: (share) => this.#screens.progress("follow", share),
      });
      if (await this.#settled("follow", result)) return;
      const near = Math.round(Number(result.value) * 100);
      const said = result.value === "unseen" ? texts.remedy_unseen : fill(texts.remedy_follow, { near });
      this.#screens.write("follow-said", said);
      actions.hidden = false;
      await this.#screens.pressed("follow");
      actions.hidden = true;
      this.#screens.write("follow-said", "");
    }
  }

  async #hear() {
    const { texts } = this.#visit;
    offerWayOut(this.#screens.section("sound"), EXIT.sound);
    const result = await runSoundCheck({
      screens: this.#screens, api: this.#api, texts, onTrouble: this.#tellTrouble,
    });
    if (await this.#settled("sound", result)) return;
    await this.#endWith("sound");
  }

  /** No further try: the only way from here is out, with the code that says why. @param {string} name */
  async #endWith(name) {
    this.#screens.show("ended", { why: this.#visit.texts[`ended_${name}`] });
    await this.#screens.pressed("ended");
    await leave(this.#api, EXIT[name], this.#tellTrouble);
    await new Promise(() => {}); // the page is being loaded anew
  }

  /** Keeps a part's result; a failure is told to the site, and the way out is offered. */
  async #settled(/** @type {string} */ name, /** @type {CheckResult} */ result) {
    this.#results[name] = result;
    if (result.passed) return true;
    offerWayOut(this.#screens.section(name), EXIT[name]);
    await this.#report(false);
    return false;
  }

  /** @param {boolean} passed */
  #report(passed) {
    const { clock, drawing } = this.#device.found;
    const calibration = this.#calibration;
    const body = {
      passed,
      results: { ...this.#device.results, ...this.#results },
      environment: { ...describeEnvironment(), ...(clock && { clock }), ...(calibration && { calibration }) },
      ...(drawing && { renderer: drawing.renderer, tier: drawing.tier, frame_rates: drawing.rates }),
    };
    return untilReached(() => this.#api.visit("checks", body), { onTrouble: this.#tellTrouble });
  }

  /** Shows which part is running; none when all are done. @param {string} name */
  #at(name) {
    let ahead = false;
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-part]"))) {
      const current = part.dataset.part === name;
      part.dataset.state = current ? "current" : ahead ? "ahead" : "done";
      if (current) part.setAttribute("aria-current", "step");
      else part.removeAttribute("aria-current");
      ahead ||= current;
    }
  }

  #tellTrouble = (/** @type {number} */ failures) => {
    element("#network", HTMLElement).hidden = failures < 2;
  };

  /** @param {unknown} error */
  async #trouble(error) {
    console.error(error);
    this.#screens.show("trouble", { why: wordsFor(error, this.#visit.texts) });
    offerWayOut(this.#screens.section("trouble"), "other");
    await this.#screens.pressed("trouble");
    location.reload();
  }
}
