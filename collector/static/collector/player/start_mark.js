/** Calls the cursor to a mark and starts the clip with a click on it, so that every track begins at a known place. */

const COUNTDOWN_S = 2;

/** @typedef {{x: number, y: number}} Point client CSS px */

export class StartMark {
  /** @type {Point | null} */
  #last = null;
  #button;
  #hint;
  #ways;
  #texts;

  /**
   * @param {object} options
   * @param {HTMLButtonElement} options.button stands in the middle of the stage
   * @param {HTMLElement} options.hint
   * @param {HTMLElement} options.ways to speak up or to stop, while the mark waits
   * @param {{wait: string, click: string}} options.texts
   */
  constructor({ button, hint, ways, texts }) {
    this.#button = button;
    this.#hint = hint;
    this.#ways = ways;
    this.#texts = texts;
    window.addEventListener("pointermove", (event) => {
      this.#last = { x: event.clientX, y: event.clientY };
    });
  }

  /** @returns {Promise<{timeStamp: number} & Point>} the click; it waits as long as the observer likes */
  async clicked() {
    this.#button.hidden = this.#hint.hidden = this.#ways.hidden = false;
    this.#button.disabled = true;
    this.#hint.textContent = this.#texts.wait;
    for (let left = COUNTDOWN_S; left > 0; left -= 1) {
      this.#button.textContent = String(left);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    this.#button.textContent = "";
    this.#button.disabled = false;
    this.#hint.textContent = this.#texts.click;
    if (!this.#ways.contains(document.activeElement)) this.#button.focus(); // whoever is about to stop is let
    const click = await new Promise((/** @type {(event: MouseEvent) => void} */ resolve) =>
      this.#button.addEventListener("click", resolve, { once: true }),
    );
    this.#button.hidden = this.#hint.hidden = this.#ways.hidden = true;
    return { timeStamp: click.timeStamp, ...this.#place(click) };
  }

  /** A press of Enter or Space has no place: then the cursor is where it was last seen. @param {MouseEvent} click */
  #place(click) {
    if (click.detail > 0) return { x: click.clientX, y: click.clientY };
    if (this.#last) return this.#last;
    const { left, top, width, height } = this.#button.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  }
}
