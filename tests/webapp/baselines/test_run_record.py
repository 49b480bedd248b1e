"""What a program says, and what the row and the store make of it."""

import math
import struct
import zlib

import pytest

from collector import blobs, work
from webapp.baselines import run_record, samples
from webapp.baselines.models import BaselineRun
from webapp.baselines.run_record import CURVE_POINTS, RunRecord
from webapp.baselines.services import run_request


def png(shade):
    """A picture of one pixel."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        samples.PNG
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes([0, shade])))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def run(release):
    return work.claim(BaselineRun, run_request(release=release, config="small_net").pk)


@pytest.fixture
def record(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run_record, "SAMPLE_EVERY_S", 0)
    (tmp_path / "run" / "samples").mkdir(parents=True)
    return RunRecord(run, tmp_path / "log.txt", tmp_path / "run")


@pytest.fixture
def validate(record):
    def validate(step, cc, *, best=False):
        record.event(
            {"event": "validation", "phase": "train", "step": step, "scores": {"cc": cc}, "best": best}
        )

    return validate


@pytest.fixture
def draw(record, tmp_path):
    def draw(step, content=None, name=None):
        name = name or f"samples/{step}.png"
        (tmp_path / "run" / name).write_bytes(png(step) if content is None else content)
        record.event({"event": "sample", "phase": "train", "step": step, "path": name})

    return draw


def test_validation_stands_in_order_and_a_resumed_run_overwrites_what_it_repeats(run, validate):
    validate(10, 0.1, best=True)
    validate(20, 0.3, best=True)
    validate(30, 0.2)
    validate(20, 0.4, best=True)
    run.refresh_from_db()
    assert [(row["step"], row["cc"], row["best"]) for row in run.validation] == [
        (10, 0.1, True),
        (20, 0.4, True),
    ]
    assert run.validation[0]["nss"] is None


def test_validation_stays_short_and_keeps_its_best_and_its_last_row(run, validate):
    for step in range(1, CURVE_POINTS + 2):
        validate(step, 0.5, best=step == 200)
    steps = [row["step"] for row in run.validation]
    assert len(steps) <= CURVE_POINTS
    assert steps == sorted(steps)
    assert {200, CURVE_POINTS + 1} <= set(steps)


def test_numbers_that_are_none_and_letters_that_cannot_be_stored_stop_nothing(run, record, validate):
    validate(10, math.nan)
    record.event({"event": "progress", "phase": "train", "done": 10, "total": 10, "loss": math.inf})
    record.event({"event": "started", "phase": "train", "device": "c\x00pu", "share": math.nan})
    run.refresh_from_db()
    assert run.validation[0]["cc"] is None
    assert run.curve == []
    assert run.facts["train started"] == {"device": "c\N{REPLACEMENT CHARACTER}pu", "share": None}


def test_the_last_samples_are_kept_and_older_ones_leave_the_store(run, draw):
    for step in range(1, samples.KEPT + 1):
        draw(step)
    first = run.samples[0]["sha256"]
    assert blobs.exists("products", first)
    draw(samples.KEPT + 1)
    run.refresh_from_db()
    assert [sample["step"] for sample in run.samples] == list(range(2, samples.KEPT + 2))
    assert all(blobs.exists("products", sample["sha256"]) for sample in run.samples)
    assert not blobs.exists("products", first)


def test_a_sample_that_another_run_shows_too_stays_in_the_store(run, draw, release):
    draw(1)
    other = run_request(release=release, config="small_net")
    BaselineRun.objects.filter(pk=other.pk).update(samples=run.samples)
    shared = run.samples[0]["sha256"]
    for step in range(2, samples.KEPT + 2):
        draw(step)
    assert shared not in [sample["sha256"] for sample in run.samples]
    assert blobs.exists("products", shared)


@pytest.mark.parametrize("spoilt", ["a web page", "too large", "elsewhere", "not there"])
def test_a_sample_that_is_no_picture_of_the_run_is_left_out(run, record, draw, tmp_path, monkeypatch, spoilt):
    if spoilt == "a web page":
        draw(1, b"<script>")
    elif spoilt == "too large":
        monkeypatch.setattr(samples, "MAX_BYTES", 20)
        draw(1)
    elif spoilt == "elsewhere":
        draw(1, name="../secret.png")
    else:
        record.event({"event": "sample", "phase": "train", "step": 1, "path": "samples/none.png"})
    assert run.samples == []


def test_samples_that_come_faster_than_anybody_looks_are_left_out(run, draw, monkeypatch):
    monkeypatch.setattr(run_record, "SAMPLE_EVERY_S", 3600)
    draw(1)
    draw(2)
    assert [sample["step"] for sample in run.samples] == [1]


def test_what_the_finished_model_costs_stands_in_columns(run, record):
    said = {"parameters": 3_700_000, "gflop_per_frame": 2.4, "ms_per_frame": 31.0, "memory_mb": 812.5}
    record.event({"event": "finished", "phase": "train", **said, "best_step": 70})
    record.event({"event": "finished", "phase": "predict", "ms_per_frame": 99.0})
    run.refresh_from_db()
    assert {name: getattr(run, name) for name in said} == said
    assert run.parameters_trainable is None
    assert run.facts["train finished"]["best_step"] == 70


def test_the_phase_is_the_one_that_the_program_speaks_of(run, record):
    record.phase("train")
    record.event({"event": "progress", "phase": "prepare", "done": 1, "total": 4})
    assert (run.phase, run.unit, run.progress_done) == ("prepare", "steps", 1)
    record.event({"event": "progress", "phase": "train", "done": 3, "total": 3, "loss": 0.5})
    assert (run.phase, run.unit, run.progress_total, record.step) == ("train", "steps", 3, 3)
