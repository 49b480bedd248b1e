/** Where the picture lies in the window: fits it, and records its rectangle whenever that changes. */

import { centipixels, microseconds } from "./protocol.js";

/**
 * The largest size with the picture's aspect that fits into a box; what is left over is letterbox.
 * @param {{width: number, height: number}} box CSS px
 * @param {{width: number, height: number}} picture video px
 * @returns {{width: number, height: number}} CSS px, not rounded
 */
export function containedSize(box, picture) {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

/**
 * From client CSS px to video px.
 * @param {{x: number, y: number}} point
 * @param {{left: number, top: number, width: number, height: number}} rect the picture on the page, CSS px
 * @param {{width: number, height: number}} picture video px
 */
export function toVideo(point, rect, picture) {
  return {
    x: ((point.x - rect.left) / rect.width) * picture.width,
    y: ((point.y - rect.top) / rect.height) * picture.height,
  };
}

export class ViewportWatcher {
  /**
   * @param {object} options
   * @param {HTMLElement} options.stage the box that the picture is fitted into
   * @param {HTMLElement} options.picture the element that shows nothing but the picture
   * @param {{width: number, height: number}} options.size of the picture, video px
   * @param {import("./buffer.js").ChunkBuffer} options.sink
   * @param {Window} [options.view]
   */
  constructor({ stage, picture, size, sink, view = window }) {
    Object.assign(this, { stage, picture, size, sink, view });
    this.rect = null;
    this.lastRow = "";
    this.changes = 0;
    this.refit = () => this.#refit();
  }

  start() {
    this.observer = new this.view.ResizeObserver(this.refit);
    this.observer.observe(this.stage);
    for (const kind of ["resize", "scroll"]) this.view.addEventListener(kind, this.refit);
    this.view.document.addEventListener("fullscreenchange", this.refit);
    this.#refit();
  }

  stop() {
    this.observer?.disconnect();
    for (const kind of ["resize", "scroll"]) this.view.removeEventListener(kind, this.refit);
    this.view.document.removeEventListener("fullscreenchange", this.refit);
  }

  #refit() {
    const box = { width: this.stage.clientWidth, height: this.stage.clientHeight };
    const { width, height } = containedSize(box, this.size);
    this.picture.style.width = `${width}px`;
    this.picture.style.height = `${height}px`;
    this.note();
  }

  /** Measures; writes a row when anything differs from the last one. Cheap enough for every frame. */
  note() {
    const { left, top, width, height } = this.picture.getBoundingClientRect();
    this.rect = { left, top, width, height };
    const row = {
      left: centipixels(left),
      top: centipixels(top),
      width: centipixels(width),
      height: centipixels(height),
      dpr: Math.round(this.view.devicePixelRatio * 1000),
      windowWidth: this.view.innerWidth,
      windowHeight: this.view.innerHeight,
    };
    const text = Object.values(row).join();
    if (text === this.lastRow) return;
    this.lastRow = text;
    this.changes += 1;
    this.sink.viewport(microseconds(this.view.performance.now()), row);
  }
}
