"""A small believable world for the tests: open studies with short clips, and a caller of the observer's API."""

import hashlib
import json
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
from django.test import Client

from collector.models import Rendition, Stimulus
from collector.protocol import write_chunk
from collector.services import studies, visits
from collector.simulation.recording import Window, record
from collector.study_document import StudyDocument
from processing.synthetic import Hand

FPS = Fraction(30)
FRAMES = 60


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def make_stimulus(name, **changes):
    """A prepared stimulus whose rendition exists as a row only: nothing here decodes it."""
    stimulus = Stimulus.objects.create(
        name=name, licence="CC0-1.0", original_sha256=sha256(f"{name}.mov"), state="done", **changes
    )
    Rendition.objects.create(
        stimulus=stimulus,
        sha256=sha256(f"{name}.mp4"),
        bytes=1000,
        fps_num=FPS.numerator,
        fps_den=FPS.denominator,
        frames=FRAMES,
        width=640,
        height=360,
    )
    return stimulus


def open_study(slug, *, simulated=False, clips=3, practice=False, **document):
    """An open study with `clips` clips named after it; nobody has to count tones unless `checks` say so."""
    document = {"checks": {"sound": "off"}} | document
    study = studies.study_create(slug=slug, title=slug.title(), simulated=simulated)
    stimuli = [make_stimulus(f"{slug}-{n}") for n in range(clips)]
    studies.study_version_freeze(
        study=study,
        document=StudyDocument(title=slug.title(), target_observers=5, **document),
        stimuli=stimuli,
        practice=make_stimulus(f"{slug}-practice") if practice else None,
    )
    studies.study_open(study=study)
    study.refresh_from_db()
    return study


class Caller:
    """Speaks the wire format to Django's test client."""

    def __init__(self):
        self.client = Client()

    def call(self, method, path, token, body=None, content_type="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        answer = self.client.generic(
            method,
            f"/api/v1/{path}",
            data,
            content_type=content_type,
            headers={"Authorization": f"Bearer {token}"} | headers,
        )
        return SimpleNamespace(status=answer.status_code, json=answer.json(), headers=answer.headers)

    def enter(self, study):
        """A visit of a made-up observer who is about to watch (or to practise), and its token."""
        assignment, token = visits.visit_start(
            study=study, recruiter_parameters={}, language="en", simulated=True
        )
        self.enrol(assignment, token)
        return assignment, token

    def enrol(self, assignment, token):
        """Through consent and check, so that the next step is to watch (or to practise)."""
        assert (
            self.call("POST", "visits/consent", token, {"accepted": True, "text_version": "1"}).status == 200
        )
        assert self.call("POST", "visits/checks", token, {"passed": True}).status == 200
        assignment.refresh_from_db()

    def next_trial(self, token):
        return self.call("POST", "visits/next-trial", token, {}).json

    def begin_next(self, token):
        """The next trial with a first chunk of it: from then on it is an attempt."""
        answer = self.next_trial(token)
        if answer["state"] == "trial":
            assert self.put(answer["trial"], b'{"protocol": 1, "n": 0}').status == 200
        return answer

    def put(self, trial, chunk):
        body = chunk if isinstance(chunk, bytes) else write_chunk(chunk)
        n = chunk.n if not isinstance(chunk, bytes) else json.loads(chunk)["n"]
        return self.call("PUT", f"trials/{trial['id']}/chunks/{n}", trial["token"], body)

    def finish(self, trial, chunks, outcome="complete"):
        body = {"chunks": chunks, "outcome": outcome}
        return self.call("POST", f"trials/{trial['id']}/finish", trial["token"], body)

    def watch(self, trial):
        """Send the whole recording of a steady hand; the answer to its end."""
        chunks = chunks_of_a_steady_hand(trial)
        for chunk in chunks:
            self.put(trial, chunk)
        return self.finish(trial, len(chunks))


def chunks_of_a_steady_hand(trial, interval_ms=500):
    """Chunks of a hand that circles slowly over the clip."""
    t_us = np.arange(0, 3_000_000, 8_000)
    angle = t_us / 1e6
    hand = Hand(t_us=t_us, x_px=320 + 100 * np.cos(angle), y_px=180 + 50 * np.sin(angle))
    return record(
        hand,
        fps=Fraction(trial["fps"]),
        frames=trial["frames"],
        width=trial["width"],
        height=trial["height"],
        hold_after_end_s=trial["hold_after_end_s"],
        chunk_interval_ms=interval_ms,
        window=Window(1280, 720),
        t_start_us=1_000_000,
    )
