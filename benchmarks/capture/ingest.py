"""Ingest: 500 observers sending a chunk every two seconds to the site as `make run` starts it."""

import os
import time
from collections.abc import Sequence

import psycopg
from django.conf import settings
from django.db import connection

from benchmarks.capture.bodies import chunk_bodies
from benchmarks.capture.inputs import Inputs
from benchmarks.capture.load import Outcome, Upload, as_fast_as_answered, cpu_seconds, keep_up, upload
from benchmarks.capture.visits import open_trials, version_with_one_clip
from benchmarks.table import Row
from collector.models import StudyVersion, Track, Trial
from collector.protocol import CHUNK_INTERVAL_MS
from collector.services import trials
from collector.tokens import sign_trial

OBSERVERS = 500
SAMPLES, MANY_SAMPLES = 250, 2000  # a chunk of a 125 Hz mouse, and of a 1,000 Hz one
HANDS = 8  # observers share these hands' bodies, so that they fit into memory
PERIOD_S = CHUNK_INTERVAL_MS / 1000
P99_TARGET_MS = 250.0
CONNECTIONS = 16  # of the load that waits for answers
ALONE_S = 10.0  # how long the bare loop inserts


def rows(inputs: Inputs) -> list[Row]:
    """Lost, doubled and late chunks under load, the joins' share in it, and the bare loop beside it."""
    url, count = os.environ["CURSAL_URL"], max(1, round(inputs.seconds / PERIOD_S))
    version = version_with_one_clip("bench-ingest", seconds=inputs.seconds)
    found: list[Row] = []

    bodies = _bodies(count, SAMPLES)
    watched = _series(url, version, bodies)
    found += _report(SAMPLES, *_loaded(url, watched), target=P99_TARGET_MS)

    found += _while_joining(url, version, bodies[: max(1, count // 4)], watched)
    found += _beside_bare_loop(url, version, bodies)
    many = _series(url, version, _bodies(count, MANY_SAMPLES))
    found += _report(MANY_SAMPLES, *_loaded(url, many), target=None)
    return found


def _bodies(count: int, samples: int) -> list[list[bytes]]:
    """For each of a few hands `count` chunks."""
    return [chunk_bodies(count, samples, seed) for seed in range(HANDS)]


def _series(url: str, version: StudyVersion, bodies: list[list[bytes]]) -> list[list[Upload]]:
    """What each observer will send, in order."""
    host = url.partition("://")[2]
    return [
        [
            upload(host, str(trial.pk), sign_trial(trial.pk), number, body)
            for number, body in enumerate(bodies[observer % len(bodies)])
        ]
        for observer, trial in enumerate(open_trials(version, OBSERVERS))
    ]


def _loaded(url: str, series: list[list[Upload]]) -> tuple[list[list[Upload]], Outcome, float]:
    """Keep the load up; returns what was sent, what came of it, and the generator's share of a core."""
    began = cpu_seconds()
    outcome = keep_up(url, series, PERIOD_S)
    return series, outcome, (cpu_seconds() - began) / outcome.lasted_s


def _report(
    samples: int, series: list[list[Upload]], outcome: Outcome, generator: float, target: float | None
) -> list[Row]:
    load = f"ingest, {OBSERVERS} observers, {samples} samples a chunk"
    lost, doubled = _lost_and_doubled(series)
    return [
        Row(f"{load}: lost", lost, "chunks", target=0, better="lower"),
        Row(f"{load}: doubled", doubled, "chunks", target=0, better="lower"),
        Row(f"{load}: p99", outcome.percentile_ms(99), "ms", target=target, better="lower"),
        Row(f"{load}: median", outcome.percentile_ms(50), "ms", better="lower"),
        Row(f"{load}: stored", len(outcome.acknowledged) / outcome.lasted_s, "chunks/s"),
        Row(f"{load}: generator", generator, "cores", better="lower"),
    ]


def _lost_and_doubled(series: Sequence[Sequence[Upload]]) -> tuple[int, int]:
    """Sent chunks that are not in the database byte by byte, and rows there beyond one a chunk."""
    sent = {(request.trial, request.number): request.sha256 for requests in series for request in requests}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT trial_id::text, number, encode(sha256(body), 'hex') FROM collector_trackchunk"
            " WHERE trial_id = ANY(%s::uuid[])",
            [list({trial for trial, _ in sent})],
        )
        stored = cursor.fetchall()
    kept = {(trial, number) for trial, number, sha256 in stored if sent.get((trial, number)) == sha256}
    return len(sent.keys() - kept), len(stored) - len({(trial, number) for trial, number, _ in stored})


def _while_joining(
    url: str, version: StudyVersion, bodies: list[list[bytes]], watched: list[list[Upload]]
) -> list[Row]:
    """Latency while the trials of `watched` are finished at once and their tracks joined."""
    series = _series(url, version, bodies)
    for requests in watched:
        trial = Trial.objects.get(pk=requests[0].trial)
        trials.trial_finish(trial=trial, chunks=len(requests), outcome="complete", reason="", summary={})
        trial.enqueue()
    before = Track.objects.count()
    _, outcome, _ = _loaded(url, series)
    joined = Track.objects.count() - before
    name = f"ingest while {OBSERVERS} trials are joined"
    lost, _ = _lost_and_doubled(series)
    return [
        Row(f"{name}: lost", lost, "chunks", target=0, better="lower"),
        Row(f"{name}: p99", outcome.percentile_ms(99), "ms", better="lower"),
        Row(f"{name}: joined", joined / outcome.lasted_s, "tracks/s"),
    ]


def _beside_bare_loop(url: str, version: StudyVersion, bodies: list[list[bytes]]) -> list[Row]:
    """Chunks a second as fast as they are answered, and as fast as one psycopg connection commits them."""
    series = _series(url, version, bodies)[:CONNECTIONS]
    outcome = as_fast_as_answered(url, series)
    through_api = len(outcome.acknowledged) / outcome.lasted_s
    bare = _bare_loop([request for requests in series for request in requests])
    return [
        Row(
            f"ingest, {SAMPLES} samples a chunk, as fast as answered",
            through_api,
            "chunks/s",
            against=f"bare psycopg loop ({bare:.0f}/s)",
            ratio=through_api / bare,
        )
    ]


def _bare_loop(requests: Sequence[Upload]) -> float:
    """Chunks a second: the same bytes into a table of the same shape, one committed insert after the other."""
    database = settings.DATABASES["default"]
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
        autocommit=True,
    ) as bare:
        bare.execute("CREATE TABLE bench_chunk (LIKE collector_trackchunk INCLUDING ALL)")
        began = time.perf_counter()
        done = 0
        for request in requests:
            bare.execute(
                "INSERT INTO bench_chunk (trial_id, number, body, sha256, received_at)"
                " VALUES (%s, %s, %s, %s, now())",
                [request.trial, request.number, request.body, request.sha256],
            )
            done += 1
            if time.perf_counter() - began > ALONE_S:
                break
        lasted_s = time.perf_counter() - began
        bare.execute("DROP TABLE bench_chunk")
    return done / lasted_s
