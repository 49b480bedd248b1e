/** Starts what the page is for. The page's configuration travels as JSON in the element `visit`. */

import { Api } from "./api.js";
import { startCheck } from "./check.js";
import { startConsent } from "./consent.js";
import { startDialogs } from "./dialogs.js";
import { startDone } from "./done.js";
import { element } from "./elements.js";
import { clearUp } from "./leftovers.js";
import { Session } from "./session.js";
import { MadeUpPerson } from "./simulate.js";

const visit = JSON.parse(element("#visit", HTMLScriptElement).text);
const api = new Api({ base: visit.api, visitToken: visit.token });

const seed = new URLSearchParams(location.search).get("simulate");
const madeUp = seed !== null && visit.simulated;

/** @type {Record<string, () => unknown>} */
const STEPS = {
  consent: () => startConsent(visit, api),
  check: () => startCheck(visit, api),
  practice: () => new Session(visit, api, { madeUp }).run(),
  watch: () => new Session(visit, api, { madeUp }).run(),
  done: () => startDone(visit),
  screened: () => startDone(visit),
  withdrawn: () => startDone(visit),
  closed: () => startDone(visit),
};

startDialogs(visit, api);
STEPS[visit.step]?.();
clearUp(visit, api);

if (madeUp) new MadeUpPerson(`${seed} ${visit.step}`).start();
