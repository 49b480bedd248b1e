"""Ingest: 500 observers sending a chunk every two seconds to the site as `make run` starts it."""

import itertools
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from django.conf import settings
from django.db import connection

from benchmarks.capture.bodies import Body, chunk_bodies
from benchmarks.capture.inputs import Inputs
from benchmarks.capture.load import Outcome, Upload, as_fast_as_answered, keep_up, upload
from benchmarks.capture.visits import open_trials, version_with_one_clip
from benchmarks.table import Row
from collector.models import StudyVersion, Track, Trial
from collector.protocol import CHUNK_INTERVAL_MS
from collector.services import trials
from collector.tokens import sign_trial
from webapp.celery import app as celery
from webapp.embedded.site import background
from webapp.embedded.state import StateFolder

OBSERVERS = 500
SAMPLES, MANY_SAMPLES = 250, 2000  # a chunk of a 125 Hz mouse, and of a 1,000 Hz one
HANDS = 8  # observers share these hands' bodies, so that they fit into memory
REPEATED_EVERY = 20  # chunks of which one is sent twice, as by a browser that missed the answer
PERIOD_S = CHUNK_INTERVAL_MS / 1000
P99_TARGET_MS = 250.0
CONNECTIONS = 16  # of the load that waits for answers
ALONE_S = 10.0  # how long that load and the bare loop run
SETTLED_WITHIN_S = 120.0
JOINED_WITHIN_S = 420.0
SCALING = (125, 250, 750)  # observers, in the long series
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

Series = list[list[Upload]]


@dataclass(frozen=True)
class Loaded:
    """A load that was kept up: what was sent, what came of it, the CPU time of sending it."""

    series: Series
    outcome: Outcome
    generator_cores: float


def rows(inputs: Inputs) -> list[Row]:
    """Lost, doubled and late chunks under load, the joins' share in it, and the bare loop beside it.

    Raises RuntimeError when the site's workers do not come up, or its database forgets what it has said yes to.
    """
    _require_durable()
    _wait_for_workers()
    url, count = os.environ["CURSAL_URL"], max(1, round(inputs.seconds / PERIOD_S))
    version = version_with_one_clip("bench-ingest", seconds=inputs.seconds)
    few = [chunk_bodies(count, SAMPLES, seed) for seed in range(HANDS)]
    many = [chunk_bodies(count, MANY_SAMPLES, seed) for seed in range(HANDS)]

    watched = _loaded(url, _series(url, version, few))
    found = _report(f"ingest, {SAMPLES} samples", watched, target=P99_TARGET_MS)
    found += _beside_bare_loop(url, version, few)
    much = _loaded(url, _series(url, version, many))
    found += _report(f"ingest, {MANY_SAMPLES} samples", much, target=None)
    short = [bodies[: max(1, count // 4)] for bodies in few]
    found += _while_joining(url, _series(url, version, short), watched.series)
    _finish(much.series)
    found += _in_tracks(f"ingest, {SAMPLES} samples", watched.series)
    found += _in_tracks(f"ingest, {MANY_SAMPLES} samples", much.series)
    for observers in SCALING if inputs.full else ():
        outcome = _loaded(url, _series(url, version, short, observers)).outcome
        found.append(
            Row(f"ingest, {observers} observers: p99", outcome.percentile_ms(99), "ms", better="lower")
        )
    return found


def _require_durable() -> None:
    with connection.cursor() as cursor:
        for setting in DURABLE:
            cursor.execute("SELECT current_setting(%s)", [setting])
            if cursor.fetchone() != ("on",):
                raise RuntimeError(f"{setting} is off: figures of a database that may forget mean nothing")


def _wait_for_workers() -> None:
    """Return once all workers answer: starting them takes both cores for seconds, and no site starts every minute."""
    started = [program for program in background(StateFolder.of_environment()) if "worker" in program.command]
    deadline = time.monotonic() + SETTLED_WITHIN_S
    while len(celery.control.ping(timeout=2.0)) < len(started):
        if time.monotonic() > deadline:
            raise RuntimeError("the site's workers do not answer")


def _series(
    url: str, version: StudyVersion, bodies: Sequence[Sequence[Body]], observers: int = OBSERVERS
) -> Series:
    """What each observer of new visits will send, in order; observers take turns with the hands."""
    host = url.partition("://")[2]
    return [
        _with_repeats(
            [
                upload(host, str(trial.pk), sign_trial(trial.pk), body)
                for body in bodies[observer % len(bodies)]
            ]
        )
        for observer, trial in enumerate(open_trials(version, observers))
    ]


def _with_repeats(requests: Sequence[Upload]) -> list[Upload]:
    return [
        again
        for place, request in enumerate(requests, start=1)
        for again in itertools.repeat(request, 1 if place % REPEATED_EVERY else 2)
    ]


def _loaded(url: str, series: Series) -> Loaded:
    began = time.process_time()
    outcome = keep_up(url, series, PERIOD_S)
    return Loaded(series, outcome, (time.process_time() - began) / outcome.lasted_s)


def _report(name: str, load: Loaded, target: float | None) -> list[Row]:
    outcome = load.outcome
    return [
        Row(f"{name}: lost", _lost(load.series), "chunks", target=0, better="lower"),
        Row(f"{name}: p99", outcome.percentile_ms(99), "ms", target=target, better="lower"),
        Row(f"{name}: median", outcome.percentile_ms(50), "ms", better="lower"),
        Row(f"{name}: answered", len(outcome.seconds) / outcome.lasted_s, "chunks/s"),
        Row(f"{name}: refused or cut off", outcome.not_taken, "chunks", better="lower"),
        Row(f"{name}: generator", load.generator_cores, "cores", better="lower"),
    ]


def _lost(series: Series) -> int:
    """Sent chunks that are not in the database byte by byte."""
    sent = {(one.trial, one.body.number): one.body.sha256 for requests in series for one in requests}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT trial_id::text, number, encode(sha256(body), 'hex') FROM collector_trackchunk"
            " WHERE trial_id = ANY(%s::uuid[])",
            [list({trial for trial, _ in sent})],
        )
        stored = cursor.fetchall()
    kept = {(trial, number) for trial, number, sha256 in stored if sent.get((trial, number)) == sha256}
    return len(sent.keys() - kept)


def _in_tracks(name: str, series: Series) -> list[Row]:
    """Samples that the raw tracks of finished trials hold too few or too many of, once all are joined.

    Raises RuntimeError when they are not joined in time.
    """
    sent = {
        requests[0].trial: sum({one.body.number: one.body.samples for one in requests}.values())
        for requests in series
    }
    deadline = time.monotonic() + JOINED_WITHIN_S
    while (tracks := Track.objects.filter(trial_id__in=sent)).count() < len(sent):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{name}: the tracks are not joined in time")
        time.sleep(1)
    over = [samples - sent[str(trial)] for trial, samples in tracks.values_list("trial_id", "samples")]
    return [
        Row(
            f"{name}: lost from tracks",
            -sum(min(0, one) for one in over),
            "samples",
            target=0,
            better="lower",
        ),
        Row(f"{name}: doubled", sum(max(0, one) for one in over), "samples", target=0, better="lower"),
    ]


def _finish(series: Series) -> None:
    """End the trials, as their pages would, so that their tracks are joined."""
    for requests in series:
        trial = Trial.objects.get(pk=requests[0].trial)
        chunks = max(request.body.number for request in requests) + 1
        trials.trial_finish(trial=trial, chunks=chunks, outcome="complete", reason="", summary={})
        trial.enqueue()


def _while_joining(url: str, series: Series, watched: Series) -> list[Row]:
    """The load of `series` while the trials of `watched` end all at once and their tracks are joined."""
    _finish(watched)
    before = Track.objects.count()
    outcome = _loaded(url, series).outcome
    joined = Track.objects.count() - before
    name = "ingest while tracks are joined"
    return [
        Row(f"{name}: lost", _lost(series), "chunks", better="lower"),
        Row(f"{name}: p99", outcome.percentile_ms(99), "ms", better="lower"),
        Row(f"{name}: joined", joined / outcome.lasted_s, "tracks/s"),
    ]


def _beside_bare_loop(url: str, version: StudyVersion, bodies: Sequence[Sequence[Body]]) -> list[Row]:
    """Chunks a second as fast as they are answered, and as fast as one psycopg connection commits them."""
    series = _series(url, version, bodies)
    connections = [list(itertools.chain(*series[first::CONNECTIONS])) for first in range(CONNECTIONS)]
    outcome = as_fast_as_answered(url, connections, within_s=ALONE_S)
    answered = len(outcome.seconds) / outcome.lasted_s
    bare = _bare_loop(list(itertools.chain(*connections)))
    name = f"ingest, {SAMPLES} samples, as fast as answered"
    return [
        Row(name, answered, "chunks/s", against="bare psycopg loop", ratio=answered / bare),
        Row("bare psycopg loop, the same bytes", bare, "chunks/s"),
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
                " VALUES (%s, %s, %s, %s, now()) ON CONFLICT DO NOTHING",
                [request.trial, request.body.number, request.body.plain, request.body.sha256],
            )
            done += 1
            if time.perf_counter() - began > ALONE_S:
                break
        lasted_s = time.perf_counter() - began
        bare.execute("DROP TABLE bench_chunk")
    return done / lasted_s
