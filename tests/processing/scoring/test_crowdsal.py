"""Clips scored as CrowdSAL's streaming scorer would."""

import numpy as np
import pytest

from benchmarks.arithmetic.published import score_by_streaming, streamed_frame
from processing.errors import BadInput
from processing.scoring.crowdsal import CrowdSal
from processing.scoring.tally import Tallier
from processing.video.extraction import ExtractedFrame

EIGHT = {"pixel_format": "yuv420p"}


def published(clip):
    return score_by_streaming(clip.prediction, clip.truth, clip.fixations_file)


@pytest.mark.parametrize(
    ("clip", "predicted", "true", "warned"),
    [
        pytest.param({}, {}, {}, [], id="ten bits, untagged and so limited range"),
        pytest.param({}, {"full_range": True}, {"full_range": True}, [], id="ten bits, full range"),
        pytest.param({"high": 256}, EIGHT, {}, ["prediction has 8 bits"], id="eight against ten bits"),
        pytest.param({}, {"chroma": 300}, {}, ["prediction has colour in 4 of 4"], id="in colour"),
    ],
)
def test_scores_are_those_of_the_published_way_and_what_is_odd_is_said(
    make_pair, clip, predicted, true, warned
):
    made = make_pair(**clip).write(predicted, true)
    found = made.score("crowdsal")
    assert found.scores == pytest.approx(published(made), rel=2e-6, abs=1e-6)
    assert len(found.warnings) == len(warned)
    assert all(words in warning for words, warning in zip(warned, found.warnings, strict=True))


def test_constant_maps_are_scored_with_a_warning(make_pair):
    made = make_pair()
    made.predictions = [np.full((36, 64), 500)] * 4
    made.truths[1] = np.full((36, 64), 500)
    found = made.write().score("crowdsal")
    assert found.scores == pytest.approx(published(made), abs=1e-7)
    assert found.scores["auc_judd"] == 0.5
    assert [warning.split(":")[0] for warning in found.warnings] == [
        "the prediction is constant in 4 of 4 frames",
        "the truth is constant in 1 of 4 frames",
    ]


@pytest.mark.long
def test_past_999_frames_every_frame_keeps_its_own_fixations(make_pair):
    made = make_pair(frames=1012, size=(16, 16)).write()
    assert made.score("crowdsal").scores == pytest.approx(published(made), rel=2e-6, abs=1e-6)


def test_fractions_are_cut_as_the_published_scorer_does_and_a_warning_says_so(make_pair):
    made = make_pair()
    made.fixations[2] = [[1.9, 2.2], [5, 6]]
    found = made.write().score("crowdsal")
    made.fixations[2] = [[1, 2], [5, 6]]
    assert made.write().score("crowdsal").scores == found.scores
    assert found.warnings == (
        "fixations.json has fractions in 1 frames: cut off, as the published scorer does",
    )


def test_levels_nearer_than_a_sixteenth_bit_are_ties():
    rng = np.random.default_rng(3)
    greys = np.cumsum(rng.integers(0, 2, 300)).astype(float)
    frame = ExtractedFrame(rng.integers(0, 300, (20, 32)).astype(np.uint16), greys)
    points = np.column_stack([rng.integers(0, 20, 40), rng.integers(0, 32, 40)])
    found = CrowdSal().score(frame, frame, points, Tallier()).metrics
    expected = streamed_frame(greys[frame.codes], greys[frame.codes], points)
    assert found == pytest.approx(tuple(expected.values()), rel=2e-6, abs=1e-6)


def test_a_point_on_every_pixel_is_a_perfect_area_as_published():
    frame = ExtractedFrame(np.array([[0, 1], [2, 3]], np.uint16), np.arange(4.0))
    points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert CrowdSal().score(frame, frame, points, Tallier()).metrics[0] == 1


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda clip: clip.fixations.__setitem__(2, []), "frame 2 of fixations.json has no point"),
        (lambda clip: clip.fixations[1].append([36, 0]), r"frame 1 .* the point \[36, 0\] outside the 64x36"),
        (lambda clip: clip.fixations[1].append([0, float("nan")]), "no place in a picture"),
        (lambda clip: clip.fixations[1].append([True, "2"]), "pairs of whole numbers"),
        (lambda clip: clip.fixations.pop(), "lists 3 frames, the videos have 4"),
        (lambda clip: clip.fixations.append([[0, 0]]), "lists 5 frames, the videos have 4"),
        (lambda clip: clip.predictions.pop(), "prediction has 3 frames and the truth 4"),
        (
            lambda clip: clip.predictions.__setitem__(slice(None), [np.zeros((18, 32), int)] * 4),
            "32x18, the truth's 64x36: this mode resizes nothing",
        ),
    ],
)
def test_what_the_published_scorer_refuses_is_a_reason(make_pair, spoil, reason):
    clip = make_pair()
    spoil(clip)
    clip.write()
    with pytest.raises(BadInput, match=reason):
        clip.score("crowdsal")
