"""Clips scored as the published AIM24 scorer would: extracted to pictures, paired by name, averaged."""

import numpy as np
import pytest

from benchmarks.arithmetic.published import pictures_frame, score_by_pictures
from processing.errors import BadInput
from processing.scoring.compatible import Compatible, distinct_columns, text_order_positions
from processing.scoring.tally import Tallier
from processing.video.extraction import ExtractedFrame

EIGHT = {"pixel_format": "yuv420p"}


def published(clip, tmp_path):
    return score_by_pictures(clip.prediction, clip.truth, clip.fixations_file, tmp_path / "pictures")


@pytest.mark.parametrize(
    ("clip", "predicted", "true", "warned"),
    [
        pytest.param({}, {}, {}, [], id="ten bits, untagged and so limited range"),
        pytest.param({}, {"full_range": True}, {"full_range": True}, [], id="ten bits, full range"),
        pytest.param({}, {}, {"full_range": True}, [], id="prediction limited, truth full"),
        pytest.param(
            {"high": 256}, EIGHT, {"full_range": True}, ["prediction has 8 bits"], id="eight against ten bits"
        ),
        pytest.param(
            {"high": 256},
            EIGHT | {"full_range": True},
            EIGHT,
            ["prediction has 8 bits", "truth has 8 bits"],
            id="eight bits both",
        ),
        pytest.param({"predicted_size": (18, 32)}, {}, {}, ["32x18, the truth's 64x36"], id="smaller"),
        pytest.param(
            {"predicted_size": (72, 80)}, {"full_range": True}, {}, ["80x72, the truth's 64x36"], id="larger"
        ),
        pytest.param({}, {"chroma": 300}, {}, ["prediction has colour in 4 of 4"], id="in colour"),
        pytest.param(
            {"high": 256}, EIGHT | {"chroma": 90}, {}, ["8 bits", "has colour"], id="eight bits in colour"
        ),
    ],
)
def test_scores_are_those_of_extracted_pictures_and_what_is_odd_is_said(
    make_pair, tmp_path, clip, predicted, true, warned
):
    made = make_pair(**clip).write(predicted, true)
    found = made.score("compatible")
    assert found.frames == 4
    assert found.scores == pytest.approx(published(made, tmp_path), rel=1e-6, abs=1e-9)
    assert len(found.warnings) == len(warned)
    assert all(words in warning for words, warning in zip(warned, found.warnings, strict=True))


def test_a_constant_prediction_is_scored_with_a_warning(make_pair, tmp_path):
    made = make_pair()
    made.predictions = [np.full((36, 64), 500)] * 4
    found = made.write().score("compatible")
    assert found.scores == pytest.approx(published(made, tmp_path), abs=1e-12)
    assert found.scores["cc"] == 0 and found.scores["auc_judd"] < 0.1
    assert found.warnings == ("the prediction is constant in 4 of 4 frames: it says nothing there",)


def test_a_constant_truth_is_scored_with_a_warning(make_pair, tmp_path):
    made = make_pair()
    made.truths[1] = np.full((36, 64), 500)
    found = made.write().score("compatible")
    assert found.scores == pytest.approx(published(made, tmp_path), rel=1e-6)
    assert found.warnings == ("the truth is constant in 1 of 4 frames: it says nothing there",)


@pytest.mark.long
def test_past_999_frames_pictures_are_paired_in_text_order_and_a_warning_says_so(make_pair, tmp_path):
    made = make_pair(frames=1012, size=(16, 16)).write()
    found = made.score("compatible")
    assert found.scores == pytest.approx(published(made, tmp_path), rel=1e-6)
    assert len(found.warnings) == 1 and "text order" in found.warnings[0]


@pytest.mark.parametrize("frames", [1, 999, 1000, 1001, 1234])
def test_text_order_is_that_of_the_picture_names(frames):
    names = [f"{number:03d}.png" for number in range(1, frames + 1)]
    assert [sorted(names).index(name) for name in names] == list(text_order_positions(frames))


@pytest.mark.parametrize(("listed", "warning"), [(3, "lists 3 frames of 4"), (6, "the rest is not used")])
def test_a_list_of_another_length_cuts_the_clip_with_a_warning(make_pair, tmp_path, listed, warning):
    made = make_pair()
    made.fixations = [*made.fixations, [[0, 0]], []][:listed]
    found = made.write().score("compatible")
    assert found.frames == min(listed, 4)
    assert found.scores == pytest.approx(published(made, tmp_path), rel=1e-6)
    assert len(found.warnings) == 1 and warning in found.warnings[0]


@pytest.mark.parametrize("ties", [40, 1])
def test_codes_that_mean_one_level_are_one_level(ties):
    rng = np.random.default_rng(5)
    greys = np.maximum.accumulate(rng.integers(0, ties, 64)).astype(float)
    frame = ExtractedFrame(rng.integers(0, 64, (20, 30)).astype(np.uint16), greys)
    points = np.column_stack([rng.integers(0, 20, 15), rng.integers(0, 30, 15)])
    found = Compatible().score(frame, frame, points, Tallier()).metrics
    expected = pictures_frame(greys[frame.codes], greys[frame.codes], points)
    assert found == pytest.approx(tuple(expected.values()), rel=1e-6, abs=1e-9)


def test_distinct_columns_are_counted_and_not_distinct_points():
    assert distinct_columns(np.array([[1, 1], [5, 5], [9, 9]])) == 1
    assert distinct_columns(np.array([[1, 1], [1, 1], [9, 8]])) == 2


def test_a_map_of_two_pixels_cannot_be_scored():
    frame = ExtractedFrame(np.array([[0, 1]], np.uint16), np.arange(2.0))
    with pytest.raises(BadInput, match="too small"):
        Compatible().score(frame, frame, np.array([[0, 1]]), Tallier())


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda clip: clip.fixations.__setitem__(2, []), "frame 2 of fixations.json has no point"),
        (lambda clip: clip.fixations[1].append([36, 0]), r"frame 1 .* the point \[36, 0\] outside the 64x36"),
        (lambda clip: clip.fixations[1].append([0, 64]), r"the point \[0, 64\] outside"),
        (lambda clip: clip.fixations[1].append([-1, 0]), r"the point \[-1, 0\] outside"),
        (lambda clip: clip.fixations[1].append([1.5, 2]), "pairs of whole numbers"),
        (lambda clip: clip.fixations[1].append([1, 2, 3]), "pairs of whole numbers"),
        (lambda clip: clip.fixations.clear(), "holds no frame"),
        (lambda clip: clip.predictions.pop(), "prediction has 3 frames and the truth 4"),
    ],
)
def test_what_the_published_scorer_dies_on_is_a_reason(make_pair, spoil, reason):
    clip = make_pair()
    spoil(clip)
    clip.write()
    with pytest.raises(BadInput, match=reason):
        clip.score("compatible")


def test_a_point_outside_in_frames_that_are_not_scored_does_not_matter(make_pair):
    clip = make_pair()
    clip.fixations.append([[9999, 9999]])
    assert clip.write().score("compatible").frames == 4
