"""One made-up observer's walk over the real HTTP API, from the study's link to the completion code."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import httpx

from collector.protocol import write_chunk
from collector.simulation.recording import Window, record
from collector.tokens import sign_simulation
from processing.synthetic import Hand

TIMEOUT_S = 30
ATTEMPTS = 8  # of a request that met a busy or restarting server; waits add up to about two minutes
WINDOWS = (Window(1280, 720), Window(1440, 900), Window(1920, 1080), Window(1366, 768, 1.25))

HandFor = Callable[[str, int], Hand]
"""(sha256 of the rendition shown, seed) → the hand that watches it."""


class SimulationFailed(Exception):
    """The server answered something that an observer could not go on from."""


@dataclass(frozen=True)
class Walk:
    """How a visit ended."""

    code: str
    trials: int
    samples: int


class SimulatedObserver:
    """Walks one visit. `pace` 'fast' uploads as soon as it can, 'real' takes as long as the clips do."""

    def __init__(self, base_url: str, study_slug: str, hand_for: HandFor, *, seed: int, pace: str) -> None:
        self.client = httpx.Client(base_url=base_url, timeout=TIMEOUT_S, follow_redirects=False)
        self.study_slug = study_slug
        self.hand_for = hand_for
        self.rng = random.Random(seed)
        self.real_time = pace == "real"
        self.window = self.rng.choice(WINDOWS)
        self.page_clock_us = 2_000_000 + self.rng.randrange(1_000_000)

    def walk(self, on_trial: Callable[[], None] = lambda: None) -> Walk:
        """Do the whole visit; raises SimulationFailed."""
        with self.client:
            visit = self._enter()
            version = self._call("GET", "visits/current", visit)["consent_version"]
            self._post("visits/consent", visit, {"accepted": True, "text_version": version})
            self._post(
                "visits/checks", visit, {"passed": True, "results": {}, "environment": self._environment()}
            )
            done = samples = 0
            while (answer := self._post("visits/next-trial", visit, {}))["state"] == "trial":
                samples += self._watch(answer["trial"])
                if not answer["trial"]["practice"]:
                    done += 1
                    on_trial()
            return Walk(code=self._post("visits/complete", visit, {})["code"], trials=done, samples=samples)

    def _enter(self) -> str:
        answer = self._request(
            "GET", f"/study/{self.study_slug}/", params={"simulated": sign_simulation(self.study_slug)}
        )
        if answer.status_code != 302:
            raise SimulationFailed(f"the study's link answered {answer.status_code}: is the study open?")
        return answer.headers["location"].rstrip("/").rsplit("/", 1)[-1]

    def _environment(self) -> dict[str, Any]:
        return {
            "browser": "simulated",
            "window": [self.window.width, self.window.height],
            "dpr": self.window.dpr,
        }

    def _watch(self, trial: dict[str, Any]) -> int:
        media = self._request("GET", trial["media"]["url"])
        if media.status_code != 200 or len(media.content) != trial["media"]["bytes"]:
            raise SimulationFailed(f"the clip of trial {trial['id']} did not arrive whole")
        hand = self.hand_for(trial["media"]["sha256"], self.rng.randrange(2**31))
        chunks = record(
            hand,
            fps=Fraction(trial["fps"]),
            frames=trial["frames"],
            width=trial["width"],
            height=trial["height"],
            hold_after_end_s=trial["hold_after_end_s"],
            chunk_interval_ms=trial["chunk_interval_ms"],
            window=self.window,
            t_start_us=self.page_clock_us,
        )
        self.page_clock_us += int(trial["frames"] / Fraction(trial["fps"]) * 1_000_000) + 5_000_000
        path, key = f"trials/{trial['id']}", trial["token"]
        for chunk in chunks:
            if self.real_time:
                time.sleep(trial["chunk_interval_ms"] / 1000)
            self._call("PUT", f"{path}/chunks/{chunk.n}", key, content=write_chunk(chunk))
        answer = self._post(f"{path}/finish", key, {"chunks": len(chunks), "outcome": "complete"})
        if answer["state"] != "finished":
            raise SimulationFailed(f"parts {answer['missing']} of trial {trial['id']} got lost")
        return sum(len(chunk.samples.t_us) for chunk in chunks)

    def _post(self, path: str, token: str, payload: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, token, json=payload)

    def _call(self, method: str, path: str, token: str, **body: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = self._request(method, f"/api/v1/{path}", headers=headers, **body)
        if answer.status_code != 200:
            raise SimulationFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:200]}")
        return answer.json()

    def _request(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        """Send, and send again after a pause while the server is away: every call is safe to repeat."""
        for attempt in range(ATTEMPTS):
            try:
                answer = self.client.request(method, url, **arguments)
            except httpx.TransportError:
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                if answer.status_code not in (429, 500, 502, 503, 504):
                    return answer
            time.sleep(min(30.0, 0.5 * 2**attempt) * (0.5 + self.rng.random()))
        raise SimulationFailed(f"{method} {url} was answered only with server errors")
