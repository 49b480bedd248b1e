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
    /** @type {Map<string, HTMLElement>} */
    this.sections = new Map();
    for (const section of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-screen]"))) {
      this.sections.set(section.dataset.screen ?? "", section);
    }
  }

  /** @param {string} name of a screen that the page has */
  section(name) {
    const section = this.sections.get(name);
    if (!section) throw new Error(`This page has no screen ${name}.`);
    return section;
  }

  /**
   * Shows a screen, hides the others, and moves the focus to its heading.
   * @param {string} name
   * @param {Record<string, string>} [texts] by the `data-text` of the elements to fill
   */
  show(name, texts = {}) {
    const section = this.section(name);
    for (const [key, text] of Object.entries(texts)) this.write(key, text, section);
    for (const other of this.sections.values()) other.hidden = other !== section;
    /** @type {HTMLElement | null} */ (section.querySelector("h1, h2"))?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  /**
   * Changes one text of a screen, wherever it stands.
   * @param {string} key
   * @param {string} text
   * @param {ParentNode} [root]
   */
  write(key, text, root = document) {
    for (const element of root.querySelectorAll(`[data-text="${key}"]`)) element.textContent = text;
  }

  /** @param {string} name of the screen @param {number} share 0 to 1 */
  progress(name, share) {
    const bar = this.section(name).querySelector("progress");
    if (bar) bar.value = share * bar.max;
  }

  /**
   * Resolves when one of the screen's buttons is pressed. Called only while that screen is shown. A button that is
   * on the page before this script is comes disabled, so that nobody presses it in vain, and is enabled here.
   * @param {string} name
   * @returns {Promise<string>} the button's value, for screens that offer a choice
   */
  pressed(name) {
    const listening = new AbortController();
    return new Promise((resolve) => {
      /** @type {NodeListOf<HTMLButtonElement>} */
      const buttons = this.section(name).querySelectorAll("button[data-go]");
      for (const button of buttons) {
        const press = () => {
          listening.abort();
          resolve(button.value);
        };
        button.addEventListener("click", press, { signal: listening.signal });
        button.disabled = false;
      }
    });
  }
}
