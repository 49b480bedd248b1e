"""Made-up observers who remember what the server acknowledged, and where it has to be in the end."""

import threading
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction

from collector import blobs
from collector.models import Rendition, Study, Track
from collector.protocol import read_chunk
from collector.services import studies
from collector.simulation.client import HandFor, SimulatedObserver
from collector.simulation.hands import synthetic_clip
from collector.study_document import StudyDocument
from collector.tracks.columns import first_difference, join_chunks
from collector.tracks.file import read_columns
from processing.synthetic import Hand, simulate_hand, watch
from webapp.plans.demonstration import synthetic_stimulus

OBSERVERS = 4
CLIPS = 2

Acknowledged = dict[tuple[str, int], bytes]
"""Bodies by trial and number."""


class Remembering(SimulatedObserver):
    """Keeps what the server acknowledged, and lets the test step in between two chunks."""

    def __init__(self, *args, acknowledged: Acknowledged, after_chunk: Callable[[], None], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.acknowledged = acknowledged
        self.after_chunk = after_chunk

    def _call(self, method, path, token, **body):
        answer = super()._call(method, path, token, **body)
        if method == "PUT":
            assert answer["stored"] is True
            self.acknowledged[path.split("/")[1], answer["n"]] = body["content"]
            self.after_chunk()
        return answer


def open_study() -> Study:
    """An open study of short clips for made-up observers."""
    study = studies.study_create(slug="kills", title="Kills", simulated=True)
    clips = [
        synthetic_stimulus(f"kills-{n}", seed=n, fps=Fraction(25), seconds=4) for n in range(1, CLIPS + 1)
    ]
    document = StudyDocument(title="Kills", target_observers=OBSERVERS, checks={"sound": "off"})
    studies.study_version_freeze(study=study, document=document, stimuli=clips)
    studies.study_open(study=study)
    return study


def watch_all(
    url: str, study: Study, acknowledged: Acknowledged, after_chunk: Callable[[], None] = lambda: None
) -> None:
    """All observers walk at once; returns when all have their code."""
    hand_for = _hands()
    codes: list[str] = []

    def walk(seed: int) -> None:
        observer = Remembering(
            url,
            study.slug,
            hand_for,
            seed=seed,
            pace="fast",
            acknowledged=acknowledged,
            after_chunk=after_chunk,
        )
        codes.append(observer.walk().code)

    threads = [threading.Thread(target=walk, args=(seed,)) for seed in range(OBSERVERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == OBSERVERS
    assert all(codes)


def _hands() -> HandFor:
    """The hands that the clips' truth makes, without asking a database that may be dead when a trial begins."""
    clips = {
        rendition.sha256: synthetic_clip(rendition.stimulus.preparation["truth"])
        for rendition in Rendition.objects.select_related("stimulus")
    }

    def hand_for(sha256: str, seed: int) -> Hand:
        clip = clips[sha256]
        end_us = round((clip.duration_s + 2) * 1_000_000)
        return simulate_hand(
            watch(clip, seed=seed), seed=seed, width=clip.width, height=clip.height, end_us=end_us
        )

    return hand_for


def all_tracks_joined() -> bool:
    """Whether every trial has its raw track."""
    return Track.objects.count() == OBSERVERS * CLIPS


def assert_in_raw_tracks(acknowledged: Acknowledged) -> None:
    """Every acknowledged chunk stands in the raw track of its trial, once, value by value."""
    bodies = defaultdict(dict)
    for (trial, number), body in acknowledged.items():
        bodies[trial][number] = body
    assert {str(trial) for trial in Track.objects.values_list("trial_id", flat=True)} == set(bodies)
    for track in Track.objects.all():
        with blobs.open_blob("tracks", track.sha256) as file:
            header, stored = read_columns(file.read())
        sent = bodies[str(track.trial_id)]
        assert header["trial"] == str(track.trial_id)
        assert stored["chunks.number"].tolist() == sorted(sent)
        expected = join_chunks([read_chunk(sent[number]) for number in sorted(sent)])
        recorded = {name: values for name, values in stored.items() if not name.startswith("chunks.")}
        expected = {name: values for name, values in expected.items() if not name.startswith("chunks.")}
        assert first_difference(recorded, expected) is None
