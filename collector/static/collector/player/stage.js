/** The stage covers the page: while it is shown, no key and no screen reader reaches what stands behind it. */

export class Stage {
  /** @type {HTMLElement[]} */
  #behind = [];

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  show() {
    this.element.hidden = false;
    this.#behind = behind(this.element).filter((part) => !part.inert);
    for (const part of this.#behind) part.inert = true;
  }

  hide() {
    this.element.hidden = true;
    for (const part of this.#behind) part.inert = false;
    this.#behind = [];
  }
}

/**
 * Everything of the page that neither holds the element nor is within it, dialogs aside: they open above it.
 * @param {HTMLElement} element
 */
function behind(element) {
  const parts = [];
  for (let at = element; at.localName !== "body" && at.parentElement; at = at.parentElement) {
    const beside = /** @type {HTMLElement[]} */ ([...at.parentElement.children]);
    parts.push(...beside.filter((part) => part !== at && part.localName !== "dialog"));
  }
  return parts;
}
