/** Where the picture lies in the window: fits it, and records its rectangle whenever that changes. */

import { centipixels, microseconds } from "./protocol.js";

/**
 * @typedef {{width: number, height: number}} Size
 * @typedef {{left: number, top: number, width: number, height: number}} Rect client CSS px
 * @typedef {{x: number, y: number}} Point
 */

/**
 * @typedef {object} ViewportRow integers, as they travel
 * @property {number} left 1/100 CSS px
 * @property {number} top 1/100 CSS px
 * @property {number} width 1/100 CSS px
 * @property {number} height 1/100 CSS px
 * @property {number} dpr 1/1000 device px a CSS px
 * @property {number} windowWidth CSS px
 * @property {number} windowHeight CSS px
 * @property {number} screenWidth CSS px
 * @property {number} screenHeight CSS px
 * @property {number} pinch 1/1000: how far two fingers have enlarged the page
 * @property {number} zoom 1/1000: the browser's own zoom, 0 where it cannot be told
 */

/**
 * @typedef {object} Viewports takes rectangles, as a ChunkBuffer does
 * @property {(tUs: number, row: ViewportRow) => void} viewport
 */

/**
 * The largest size with the picture's aspect that fits into a box; what is left over is letterbox.
 * @param {Size} box CSS px
 * @param {Size} picture video px
 * @returns {Size} CSS px, not rounded
 */
export function containedSize(box, picture) {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

/**
 * From client CSS px to video px.
 * @param {Point} point
 * @param {Rect} rect the picture on the page
 * @param {Size} picture video px
 * @returns {Point}
 */
export function toVideo(point, rect, picture) {
  return {
    x: ((point.x - rect.left) / rect.width) * picture.width,
    y: ((point.y - rect.top) / rect.height) * picture.height,
  };
}

/**
 * The browser's zoom: no browser tells it, but the window's frame is measured in px that zooming leaves alone.
 * @param {{outerWidth: number, innerWidth: number}} view
 * @returns {number} 1/1000; 0 where the browser hides one of the two
 */
export const zoomMilli = ({ outerWidth, innerWidth }) =>
  outerWidth > 0 && innerWidth > 0 ? Math.round((outerWidth / innerWidth) * 1000) : 0;

export class ViewportWatcher {
  #refit = () => this.fit();
  #lastRow = "";
  #listening = new AbortController();
  /** @type {ResizeObserver | null} */
  #observer = null;

  /**
   * @param {object} options
   * @param {HTMLElement} options.stage the box that the picture is fitted into
   * @param {() => HTMLElement} options.picture the element that now shows nothing but the picture
   * @param {Size} options.size of the picture, video px
   * @param {Viewports} options.sink
   * @param {Window & typeof globalThis} [options.view]
   */
  constructor({ stage, picture, size, sink, view = window }) {
    this.stage = stage;
    this.picture = picture;
    this.size = size;
    this.sink = sink;
    this.view = view;
    /** @type {Rect} */
    this.rect = { left: 0, top: 0, width: 0, height: 0 };
    this.changes = 0;
  }

  start() {
    const { view } = this;
    const { signal } = this.#listening;
    this.#observer = new view.ResizeObserver(this.#refit);
    this.#observer.observe(this.stage);
    for (const kind of ["resize", "scroll"]) view.addEventListener(kind, this.#refit, { signal });
    view.document.addEventListener("fullscreenchange", this.#refit, { signal });
    view.visualViewport?.addEventListener("resize", this.#refit, { signal });
    this.fit();
  }

  stop() {
    this.#observer?.disconnect();
    this.#listening.abort();
  }

  /** Gives the picture the largest size that fits, and measures. */
  fit() {
    const box = { width: this.stage.clientWidth, height: this.stage.clientHeight };
    const { width, height } = containedSize(box, this.size);
    const { style } = this.picture();
    style.width = `${width}px`;
    style.height = `${height}px`;
    this.note();
  }

  /** Measures; writes a row when anything differs from the last one. Cheap enough for every frame. */
  note() {
    const { view } = this;
    const { left, top, width, height } = this.picture().getBoundingClientRect();
    this.rect = { left, top, width, height };
    const row = {
      left: centipixels(left),
      top: centipixels(top),
      width: centipixels(width),
      height: centipixels(height),
      dpr: Math.round(view.devicePixelRatio * 1000),
      windowWidth: view.innerWidth,
      windowHeight: view.innerHeight,
      screenWidth: view.screen.width,
      screenHeight: view.screen.height,
      pinch: Math.round((view.visualViewport?.scale ?? 1) * 1000),
      zoom: zoomMilli(view),
    };
    const text = Object.values(row).join();
    if (text === this.#lastRow) return;
    this.#lastRow = text;
    this.changes += 1;
    this.sink.viewport(microseconds(view.performance.now()), row);
  }
}
