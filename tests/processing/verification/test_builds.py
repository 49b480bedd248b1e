import json

import pytest

from processing.errors import BadInput
from processing.tracks import Track
from processing.verification.builds import compare_builds, rebuild, verify_build
from processing.verification.verdict import Held
from processing.video import probe
from tests.processing.verification.conftest import nudge


def edit_report(folder, **changes):
    path = folder / "report.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_build_is_what_its_inputs_make(build, clip, tracks):
    folder = build()
    assert rebuild(folder, probe(clip), tracks[::-1], 0).held is Held.BYTES
    assert verify_build(folder, 0).held is Held.BYTES
    assert compare_builds(folder, build("again"), 0).held is Held.BYTES


@pytest.mark.parametrize("recipe", [{"tail": "trim"}, {"encoding": "exact"}, {"sigma_px": 3.0, "lag_ms": 0}])
def test_every_recipe_is_obeyed_again(build, clip, tracks, recipe):
    folder = build(**recipe)
    assert verify_build(folder, 0).held is Held.BYTES
    assert rebuild(folder, probe(clip), tracks, 0).held is Held.BYTES


def test_maps_of_another_machine_may_differ_by_some_levels(build):
    folder, other = build(), build("other")
    nudge(other / "saliency.mp4", 2)
    verdict = compare_builds(folder, other, 8)
    assert verdict.held is Held.FIXATIONS
    assert (verdict.maps.differing, verdict.maps.frames) == (1, 12)
    assert verdict.maps.levels == 2
    assert "1 of 12 maps differ, by at most 2 levels" in verdict.sentence
    strict = compare_builds(folder, other, 1)
    assert strict.held is Held.NEITHER
    assert "where 1 are allowed" in strict.faults[0]


def test_other_tracks_make_another_build(build, clip, tracks):
    folder = build()
    moved = [Track(own.observer, own.t_us, own.x_px + 2, own.y_px) for own in tracks]
    verdict = rebuild(folder, probe(clip), moved, 1023)
    assert verdict.held is Held.NEITHER
    assert any(fault == "the fixations differ, first in frame 0" for fault in verdict.faults)
    assert any(fault.startswith("tracks_digest differs") for fault in verdict.faults)


def test_a_report_that_was_changed_is_found_out(build):
    folder = build()
    edit_report(folder, recipe={"lag_ms": 200})
    verdict = verify_build(folder, 1023)
    assert verdict.held is Held.NEITHER
    assert "another fingerprint" in verdict.faults[0]


def test_fixations_that_were_changed_are_found_out(build):
    folder = build()
    path = folder / "fixations.json"
    frames = json.loads(path.read_text())
    frames[3] = [[1, 1]]
    path.write_text(json.dumps(frames))
    assert verify_build(folder, 8).held is Held.NEITHER
    path.write_text(json.dumps(frames[:-1]))
    assert verify_build(folder, 8).faults == ("the map has 12 frames, fixations.json 11",)
    assert "the fixations differ, first in frame 3" in compare_builds(build("again"), folder, 8).faults


@pytest.mark.parametrize(
    ("points", "complaint"),
    [([], "has no point"), ([[0, 64]], "outside"), ([[-1, 3]], "outside"), ([[48, 0]], "outside")],
)
def test_fixations_that_no_map_can_be_made_of_are_a_fault(build, points, complaint):
    path = build() / "fixations.json"
    path.write_text(json.dumps([points, *json.loads(path.read_text())[1:]]))
    verdict = verify_build(path.parent, 1023)
    assert verdict.held is Held.NEITHER
    assert complaint in verdict.faults[0]


@pytest.mark.parametrize("sigma_px", [None, "wide", -1, 0, float("nan"), 10**400, True, [3]])
def test_a_sigma_that_no_map_can_be_made_with_is_a_fault(build, sigma_px):
    folder = build()
    report = json.loads((folder / "report.json").read_text())
    (folder / "report.json").write_text(json.dumps(report | {"sigma_px": sigma_px}))
    verdict = verify_build(folder, 1023)
    assert verdict.held is Held.NEITHER
    assert "sigma_px is stated as" in verdict.faults[0]


def test_a_report_without_a_sigma_is_a_fault(build):
    folder = build()
    report = json.loads((folder / "report.json").read_text())
    del report["sigma_px"]
    (folder / "report.json").write_text(json.dumps(report))
    assert "sigma_px is stated as None" in verify_build(folder, 1023).faults[0]


def test_another_kind_of_machine_is_told_where_bytes_differ(build):
    folder = build()
    nudge(folder / "saliency.mp4", 1)
    edit_report(folder, environment={"blas": "openblas 0.1 Abacus"})
    verdict = verify_build(folder, 8)
    assert any("openblas 0.1 Abacus" in note for note in verdict.notes)


def test_what_is_no_build_is_refused(build, tmp_path):
    with pytest.raises(BadInput, match=r"holds no fixations\.json"):
        verify_build(tmp_path, 8)
    folder = build()
    (folder / "report.json").write_text("[]")
    with pytest.raises(BadInput, match="no report"):
        verify_build(folder, 8)
