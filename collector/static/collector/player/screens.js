/** One thing a screen: shows one `data-screen` section of the page at a time, and speaks it to screen readers. */

/**
 * Fills {name} places of a text.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

export class Screens {
  /** @param {ParentNode} [root] */
  constructor(root = document) {
    this.sections = new Map([...root.querySelectorAll("[data-screen]")].map((s) => [s.dataset.screen, s]));
  }

  /**
   * Shows a screen, hides the others, and moves the focus to its heading.
   * @param {string} name
   * @param {Record<string, string>} [texts] by the `data-text` of the elements to fill
   */
  show(name, texts = {}) {
    for (const [key, section] of this.sections) section.hidden = key !== name;
    const section = this.sections.get(name);
    for (const [key, text] of Object.entries(texts)) this.write(key, text, section);
    section.querySelector("h1, h2")?.focus({ preventScroll: true });
  }

  /** Changes one text of a screen, wherever it stands. */
  write(key, text, root = document) {
    for (const element of root.querySelectorAll(`[data-text="${key}"]`)) element.textContent = text;
  }

  /** @param {number} share 0 to 1 @param {string} name of the screen */
  progress(name, share) {
    const bar = this.sections.get(name).querySelector("progress");
    bar.value = share * bar.max;
  }

  /** Resolves when the screen's button is pressed. Called only while that screen is shown. */
  pressed(name) {
    const button = this.sections.get(name).querySelector("button[data-go]");
    return new Promise((resolve) => button.addEventListener("click", resolve, { once: true }));
  }
}
