import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from processing.errors import BadInput
from processing.layouts import read_fixations
from processing.pipeline import process_stimulus
from processing.recipe import Recipe
from processing.tracks import Track
from processing.video import VideoFacts, probe, read_map

FPS = Fraction(30000, 1001)
FACTS = VideoFacts(64, 48, FPS, 30, "h264", False, True, float(30 / FPS))
OUTPUTS = ["fixations.json", "report.json", "saliency.mp4"]


def straight(observer="a", start_s=0.0, end_s=1.4, x=(10, 50), y=(10, 30), rate_hz=50):
    times = np.arange(round(start_s * rate_hz), round(end_s * rate_hz) + 1) * (1_000_000 // rate_hz)
    share = np.linspace(0, 1, len(times))
    return Track(observer, times, x[0] + share * (x[1] - x[0]), y[0] + share * (y[1] - y[0]))


def build(folder, tracks, **recipe):
    report = process_stimulus(facts=FACTS, tracks=tracks, recipe=Recipe(**recipe), out_dir=folder)
    return report, read_fixations(folder / "fixations.json")


def test_outputs_agree_in_frames_rate_and_size(tmp_path):
    report, points = build(tmp_path / "deep" / "out", [straight("a"), straight("b", x=(20, 60))])
    made = probe(tmp_path / "deep" / "out" / "saliency.mp4")
    assert (made.frames, made.fps, made.width, made.height) == (30, FPS, 64, 48)
    assert len(points) == report.frames == 30
    assert sorted(path.name for path in (tmp_path / "deep" / "out").iterdir()) == OUTPUTS
    assert json.loads((tmp_path / "deep" / "out" / "report.json").read_text()) == report.document()


def test_the_map_can_be_made_again_from_the_points_alone(tmp_path):
    report, points = build(
        tmp_path, [straight("a"), straight("b", x=(5, 60))], encoding="exact", sigma_px=5.0
    )
    rows, columns = np.mgrid[:48, :64]
    for own, levels in zip(points, read_map(tmp_path / "saliency.mp4"), strict=True):
        density = sum(np.exp(-((rows - r) ** 2 + (columns - c) ** 2) / (2 * 5.0**2)) for r, c in own)
        expected = np.rint(1023 * (density - density.min()) / (density.max() - density.min()))
        assert np.array_equal(np.rint(levels * 1023), expected)
    assert report.sigma_px == 5.0


def test_points_are_row_and_column_and_the_lag_is_taken_off(tmp_path):
    _, points = build(tmp_path, [straight(x=(10, 38), y=(10, 10))])
    # At 20 px a second, the cursor 300 ms after the start of frame f is at 10 + 20 * (f / fps + 0.3).
    for frame, own in enumerate(points):
        assert set(own[:, 0]) == {10}
        assert abs(own[:, 1].mean() - (10 + 20 * (frame / FPS + Fraction(3, 10)))) < 1.5


def test_the_order_of_tracks_changes_no_byte(tmp_path):
    tracks = [straight(name, x=(offset, 40)) for name, offset in (("b", 3), ("a", 30), ("c", 60))]
    build(tmp_path / "one", tracks)
    build(tmp_path / "two", tracks[::-1])
    for name in ("fixations.json", "saliency.mp4"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_frames_without_points_are_filled_and_counted(tmp_path):
    report, points = build(tmp_path, [straight(end_s=1.0)])
    assert report.empty_frames_filled == 9
    assert all(np.array_equal(own, points[20]) for own in points[21:])
    assert report.warnings


def test_holding_the_tail_fills_it_with_the_last_position(tmp_path):
    report, points = build(tmp_path, [straight(end_s=1.0)], tail="hold")
    assert (report.empty_frames_filled, report.samples_held) == (0, 30)
    assert set(map(tuple, points[-1])) == {(30, 50)}


def test_trimming_the_tail_shortens_points_and_map(tmp_path):
    report, points = build(tmp_path, [straight(end_s=1.0)], tail="trim")
    assert (report.frames, report.frames_trimmed, report.empty_frames_filled) == (21, 9, 0)
    assert len(points) == probe(tmp_path / "saliency.mp4").frames == 21


def test_cropping_the_start_empties_the_first_frames(tmp_path):
    report, _ = build(tmp_path, [straight()], crop_start_ms=500)
    assert report.empty_frames_filled == 5


def test_an_observer_who_gave_no_point_is_used_and_named(tmp_path):
    report, _ = build(tmp_path, [straight("a"), Track("late", [9_000_000], [1], [1])])
    assert report.document()["observers_used"] == 2
    assert report.observers_without_points == ["late"]
    assert "late" in report.warnings[0]


def test_points_outside_are_dropped_and_counted(tmp_path):
    report, points = build(tmp_path, [straight(x=(64, 64)), straight("b", y=(10, 10), x=(3, 3))])
    assert {tuple(point) for own in points for point in own} == {(10, 3)}
    assert report.points_outside == report.points == 101


def test_equal_times_and_gaps_are_legal_and_counted(tmp_path):
    doubled = Track("a", [0, 50_000, 50_000, 50_000, 150_000, 150_000, 1_400_000], [1] * 7, [1] * 7)
    report, _ = build(tmp_path, [doubled, straight("b")])
    told = report.document()
    assert (told["samples_at_equal_times"], told["gaps"]) == (3, 1)


def test_the_report_tells_degrees_where_their_scale_is_known(tmp_path):
    report, _ = build(tmp_path, [straight()], sigma_deg=0.5, px_per_deg=12.0)
    assert report.document()["sigma_px"] == 6
    assert report.document()["sigma_deg"] == 0.5


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        (VideoFacts(64, 48, FPS, 30, "h264", False, False, 1.0), "varies"),
        (VideoFacts(65, 48, FPS, 30, "h264", False, True, 1.0), "64x48"),
        (VideoFacts(64, 47, FPS, 30, "h264", False, True, 1.0), "64x46"),
        (VideoFacts(16386, 48, FPS, 30, "h264", False, True, 1.0), "at most 16384 pixels a side; scale"),
    ],
)
def test_clips_that_no_map_can_stand_beside_are_refused_with_the_remedy(tmp_path, facts, complaint):
    with pytest.raises(BadInput, match=complaint):
        process_stimulus(facts=facts, tracks=[straight()], recipe=Recipe(), out_dir=tmp_path / "out")


@pytest.mark.parametrize(
    "tracks",
    [[], [Track("a", [505_001], [1.0], [1.0])], [straight(x=(-9, -9))], [straight(start_s=5, end_s=6)]],
)
def test_no_point_at_all_is_refused_and_leaves_nothing(tmp_path, tracks):
    with pytest.raises(BadInput):
        build(tmp_path / "out", tracks)
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_fails_half_way_leaves_the_folder_as_it_was(tmp_path):
    build(tmp_path / "out", [straight()])
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def give_up(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process_stimulus(
            facts=FACTS,
            tracks=[straight(x=(0, 5))],
            recipe=Recipe(),
            out_dir=tmp_path / "out",
            progress=give_up,
        )
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_is_there_already_may_be_another_file_systems(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    moved = []

    def replace(path, target, replace=Path.replace):
        moved.append((path, target))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    build(tmp_path / "out", [straight()])
    assert all(tmp_path / "out" in source.parents for source, _ in moved) and len(moved) == 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == OUTPUTS


def test_another_builds_density_does_not_stay(tmp_path):
    process_stimulus(
        facts=FACTS, tracks=[straight()], recipe=Recipe(), out_dir=tmp_path / "out", keep_density=True
    )
    build(tmp_path / "out", [straight(x=(0, 5))])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == OUTPUTS


@pytest.mark.parametrize("killed_at", OUTPUTS)
def test_wherever_a_rebuild_is_killed_no_report_stands_beside_another_build(tmp_path, monkeypatch, killed_at):
    build(tmp_path / "out", [straight()])

    def replace(path, target, replace=Path.replace):
        if target.name == killed_at:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "out", [straight(x=(0, 5))])
    assert not (tmp_path / "out" / "report.json").exists()


@pytest.mark.parametrize(("encoding", "worst"), [("exact", 0), ("near-lossless", 31)])
def test_what_the_coding_of_the_maps_costs_is_in_the_report(tmp_path, encoding, worst):
    report, _ = build(tmp_path, [straight()], encoding=encoding)
    found = report.document()["round_trip_error_levels"]
    assert set(found) == {"mean", "max", "frames"} and found["frames"] == 2
    assert 0 <= found["mean"] <= found["max"] <= worst
    assert (found["max"] == 0) == (encoding == "exact")


def test_progress_counts_maps(tmp_path):
    seen = []
    process_stimulus(
        facts=FACTS,
        tracks=[straight()],
        recipe=Recipe(),
        out_dir=tmp_path,
        progress=lambda *step: seen.append(step),
    )
    assert seen == [(done, 30) for done in range(1, 31)]


def flicking():
    """A hand that stays, flicks to the other side within 40 ms, and stays."""
    times = np.arange(0, 1_400_001, 10_000)
    return Track(
        "a", times, np.interp(times, [0, 700_000, 740_000, 1_400_000], [8, 8, 56, 56]), np.full(141, 20.0)
    )


@pytest.mark.parametrize(
    ("recipe", "counter"),
    [
        ({"fixations": "ivt", "ivt_speed_px_s": 300.0}, "samples_not_fixated"),
        ({"fixations": "idt", "idt_dispersion_px": 4.0}, "samples_not_fixated"),
        ({"transit_speed_px_s": 300.0}, "samples_in_transit"),
    ],
)
def test_points_on_the_way_are_left_out_on_request_and_counted(tmp_path, recipe, counter):
    _, everything = build(tmp_path / "all", [flicking()])
    report, points = build(tmp_path / "own", [flicking()], **Recipe.from_mapping(recipe).document())
    assert {tuple(point) for own in everything for point in own} > {(20, 8), (20, 56)}
    assert {tuple(point) for own in points for point in own} == {(20, 8), (20, 56)}
    assert report.document()[counter] > 0


def test_the_density_is_kept_on_request(tmp_path):
    process_stimulus(
        facts=FACTS, tracks=[straight()], recipe=Recipe(), out_dir=tmp_path / "out", keep_density=True
    )
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*OUTPUTS, "density.npy", "density.csv"}
