"""The ingest under recordings that arrive in any order, doubled, changed, spoilt, late and under false keys.

A model beside the server knows what was acknowledged. In the end all of that, and nothing else, is in the raw track.
"""

import gzip

import pytest
from django.db import transaction
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from collector.api import auth
from collector.limits import CallLimit
from collector.models import Slot, TrackChunk, Trial
from collector.protocol import MAX_BODY_BYTES, read_chunk
from collector.services import joining, trials, visits
from collector.services.trials import TAKING
from collector.tracks.columns import first_difference, join_chunks
from collector.tracks.file import fetch_columns
from tests.collector.fuzz.budget import budget
from tests.collector.fuzz.chunks import chunks, spoilt, text
from tests.collector.world import Caller, open_study

NUMBERS = st.integers(0, 5)
BOMB = gzip.compress(b" " * 20 * 2**20)


class Recording:
    """What the server must know about one trial."""

    def __init__(self, trial):
        self.trial = trial
        self.stored = {}
        self.announced = None

    @property
    def missing(self):
        return [n for n in range(self.announced or 0) if n not in self.stored]

    @property
    def is_open(self):
        return self.announced is None or bool(self.missing)

    def takes(self, n):
        return self.is_open and (self.announced is None or n < self.announced)


class Ingest(RuleBasedStateMachine):
    """One visit's trial and, beside it, another observer's."""

    study = None  # set by the test

    @initialize()
    def enter(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.caller = Caller()
        self.recordings = [Recording(self._open_trial()) for _ in range(2)]

    def _open_trial(self):
        assignment, token = visits.visit_start(
            study=self.study, recruiter_parameters={}, language="en", simulated=True
        )
        self.caller.enrol(assignment, token)
        return self.caller.next_trial(token)["trial"]

    def teardown(self):
        if not hasattr(self, "savepoint"):
            return
        try:
            for recording in self.recordings:
                self._is_in_the_raw_track(recording)
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def _put(self, recording, n, body, *, key=None, **how):
        path = f"trials/{recording.trial['id']}/chunks/{n}"
        answer = self.caller.call("PUT", path, key or recording.trial["token"], body, **how)
        note(f"{n}: {answer.status} {answer.json.get('code', '')}")
        return answer

    def _expect(self, recording, n, body, answer):
        before = recording.stored.get(n)
        if before is not None:
            expected = 200 if before == body else 409
        elif recording.takes(n):
            expected = 200
            recording.stored[n] = body
        else:
            expected = 409
        assert answer.status == expected, answer.json
        if expected == 200:
            assert answer.json == {"n": n, "stored": True, "missing": recording.missing}

    @rule(data=st.data(), which=st.sampled_from([0, 1]), n=NUMBERS, packed=st.booleans())
    def a_chunk_arrives(self, data, which, n, packed):
        recording = self.recordings[which]
        body = text(data.draw(chunks(n)))
        how = {"Content-Encoding": "gzip"} if packed else {}
        answer = self._put(recording, n, gzip.compress(body) if packed else body, **how)
        self._expect(recording, n, body, answer)

    @precondition(lambda self: any(recording.stored for recording in self.recordings))
    @rule(data=st.data(), packed=st.booleans())
    def a_chunk_arrives_again(self, data, packed):
        recording = data.draw(st.sampled_from([one for one in self.recordings if one.stored]))
        n = data.draw(st.sampled_from(sorted(recording.stored)))
        body = recording.stored[n]
        how = {"Content-Encoding": "gzip"} if packed else {}
        answer = self._put(recording, n, gzip.compress(body) if packed else body, **how)
        self._expect(recording, n, body, answer)
        assert answer.status == 200

    @rule(data=st.data(), which=st.sampled_from([0, 1]), n=NUMBERS)
    def a_spoilt_chunk_arrives(self, data, which, n):
        answer = self._put(self.recordings[which], n, data.draw(spoilt(n)))
        assert (answer.status, answer.json["code"]) == (422, "bad_input")

    @rule(which=st.sampled_from([0, 1]), n=NUMBERS, body=st.binary(max_size=40))
    def something_that_is_no_gzip_arrives(self, which, n, body):
        answer = self._put(self.recordings[which], n, b"\x1f" + body, **{"Content-Encoding": "gzip"})
        assert answer.status == 422

    @rule(which=st.sampled_from([0, 1]), n=NUMBERS)
    def a_bomb_arrives(self, which, n):
        answer = self._put(self.recordings[which], n, BOMB, **{"Content-Encoding": "gzip"})
        assert (answer.status, answer.json["code"]) == (413, "chunk_too_large")

    @rule(which=st.sampled_from([0, 1]), n=NUMBERS)
    def too_much_arrives(self, which, n):
        answer = self._put(self.recordings[which], n, b" " * (MAX_BODY_BYTES + 1))
        assert answer.status == 413

    @rule(
        which=st.sampled_from([0, 1]),
        n=NUMBERS,
        content_type=st.sampled_from(
            ["text/plain", "application/octet-stream", "multipart/form-data; boundary=x"]
        ),
    )
    def something_else_than_json_is_announced(self, which, n, content_type):
        answer = self._put(self.recordings[which], n, b'{"protocol":1,"n":0}', content_type=content_type)
        assert answer.status == 415

    @rule(n=NUMBERS, other=NUMBERS)
    def a_chunk_arrives_under_anothers_number(self, n, other):
        body = text({"protocol": 1, "n": other})
        answer = self._put(self.recordings[0], n, body)
        if n == other:
            self._expect(self.recordings[0], n, body, answer)
        else:
            assert answer.status == 422

    @rule(n=NUMBERS)
    def a_chunk_arrives_with_anothers_key(self, n):
        mine, theirs = self.recordings
        answer = self._put(theirs, n, text({"protocol": 1, "n": n}), key=mine.trial["token"])
        assert (answer.status, answer.json["code"]) == (401, "token_invalid")

    @rule(
        which=st.sampled_from([0, 1]),
        count=st.integers(1, 7),
        outcome=st.sampled_from(["complete", "interrupted"]),
    )
    def the_end_is_announced(self, which, count, outcome):
        recording = self.recordings[which]
        answer = self.caller.finish(recording.trial, count, outcome)
        may_be_more = outcome == "interrupted"  # than the page that closes it knows of
        arrived = max(recording.stored, default=-1) + 1
        known = recording.announced
        if known is None and (arrived <= count or may_be_more):
            known = recording.announced = max(arrived, count)
            recording.outcome = outcome
        if known is None or count > known or (count < known and not may_be_more):
            assert (answer.status, answer.json["code"]) == (409, "finish_conflict")
        else:
            assert answer.status == 200
            assert answer.json["missing"] == recording.missing
            assert answer.json["state"] == ("missing" if recording.missing else "finished")

    @rule(which=st.sampled_from([0, 1]), count=st.sampled_from([0, -1, 2001, 2**40, 1.5, "3", None, True]))
    def an_end_that_makes_no_sense_is_announced(self, which, count):
        assert self.caller.finish(self.recordings[which].trial, count).status == 422

    @rule()
    def the_reservations_run_out(self):
        Slot.objects.update(reserved_until="2020-01-01T00:00:00Z")
        trials.trials_abandon_stale()

    @invariant()
    def what_was_acknowledged_is_stored(self):
        for recording in getattr(self, "recordings", []):
            rows = TrackChunk.objects.filter(trial_id=recording.trial["id"]).values_list("number", "body")
            assert {n: bytes(body) for n, body in rows} == recording.stored

    def _is_in_the_raw_track(self, recording):
        trial = Trial.objects.get(pk=recording.trial["id"])
        if recording.is_open:
            assert trial.phase in TAKING
            Trial.objects.filter(pk=trial.pk).update(phase=Trial.Phase.INTERRUPTED)
        else:
            finished = Trial.Phase.FINISHED if recording.outcome == "complete" else Trial.Phase.INTERRUPTED
            assert trial.phase == finished
        track = joining.track_join(trial.pk)
        if not recording.stored:
            assert track is None
            return
        _, columns = fetch_columns(track.sha256)
        expected = join_chunks(read_chunk(body) for body in recording.stored.values())
        arrived = {name for name in columns if name.startswith("chunks.")}
        kept = {name: column for name, column in columns.items() if name not in arrived}
        wanted = {name: column for name, column in expected.items() if name not in arrived}
        assert first_difference(kept, wanted) is None


@pytest.mark.timeout(4 * 3600)  # thousands of recordings, when `make soak` says so
@pytest.mark.long(30)
@pytest.mark.django_db
def test_everything_that_was_acknowledged_is_in_the_raw_track_and_nothing_else(monkeypatch):
    monkeypatch.setattr(auth, "VISIT_LIMIT", CallLimit("fuzz", 10**9))
    monkeypatch.setattr(auth, "TRIAL_LIMIT", CallLimit("fuzz", 10**9))
    monkeypatch.setattr(Ingest, "study", open_study("fuzz", simulated=True))
    run_state_machine_as_test(Ingest, settings=budget("ingest"))
