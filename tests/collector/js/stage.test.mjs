import assert from "node:assert/strict";
import { test } from "node:test";

import { PLAYER } from "./doubles.mjs";

const { Stage } = await import(`${PLAYER}/stage.js`);

/** An element with children, as far as the stage looks at them. */
const part = (localName, ...children) => {
  const made = { localName, children, inert: false, hidden: true, parentElement: null };
  for (const child of children) child.parentElement = made;
  return made;
};

/** A page whose stage lies within its main part. */
const page = () => {
  const [stage, section, header, footer, dialog, head] = ["section", "section", "header", "footer", "dialog", "head"].map(
    (name) => part(name),
  );
  const main = part("main", section, stage);
  part("html", head, part("body", header, main, footer, dialog));
  return { stage, section, header, footer, dialog, main, head };
};

test("while the stage is shown what stands behind it is out of reach, and its dialogs are not", () => {
  const { stage: element, ...rest } = page();
  const stage = new Stage(element);
  stage.show();
  assert.equal(element.hidden, false);
  const inert = Object.keys(rest).filter((name) => rest[name].inert);
  assert.deepEqual(inert, ["section", "header", "footer"]);
  stage.hide();
  assert.equal(element.hidden, true);
  assert.ok(Object.values(rest).every((one) => !one.inert));
});

test("what was out of reach before stays so, and hiding twice does no harm", () => {
  const { stage: element, header, footer } = page();
  footer.inert = true;
  const stage = new Stage(element);
  stage.show();
  stage.hide();
  stage.hide();
  assert.deepEqual([header.inert, footer.inert], [false, true]);
});
