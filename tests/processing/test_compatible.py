"""Clips scored as the published scorer would: extracted to pictures, paired by name, averaged."""

import json
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from processing.compatible import score_clip, score_frame, text_order_positions
from processing.errors import BadInput
from processing.video.extraction import ExtractedFrame


def write_video(path, frames, pixel_format="yuv420p10le", chroma=None, full_range=False):
    """Encode luma codes (H, W) as they are, losslessly; chroma is neutral unless given."""
    deep = "10" in pixel_format
    neutral = (512 if deep else 128) if chroma is None else chroma
    height, width = frames[0].shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(30), options={"qp": "0", "preset": "ultrafast"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        if full_range:
            stream.codec_context.color_range = 2
        for codes in frames:
            planes = np.full((height * 3 // 2, width), neutral, np.uint16 if deep else np.uint8)
            planes[:height] = codes
            frame = av.VideoFrame.from_ndarray(planes, format=pixel_format)
            if full_range:
                frame.color_range = 2
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def extracted_pictures(path):
    """What `ffmpeg -i path %03d.png` and reading back would give: float64 (H, W) a frame."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            deep = frame.format.components[0].bits > 8
            yield frame.to_ndarray(format="rgb48le" if deep else "rgb24").astype(np.float64).mean(axis=2)


def published_frame(prediction, truth, points):
    """The published rules on two pictures, formula by formula, AUC by one pass a threshold."""
    eps = np.finfo(np.float32).eps
    p = (prediction - prediction.min()) / (prediction.max() - prediction.min() + eps)
    t = (truth - truth.min()) / (truth.max() - truth.min() + eps)
    p = cv2.resize(p, (t.shape[1], t.shape[0]))
    a = (p - p.mean()) / (p.std() + 1e-7)
    b = (t - t.mean()) / (t.std() + 1e-7)
    thresholds = np.sort(p[points[:, 0], points[:, 1]])[::-1]
    n = len(points)
    negatives = p.size - np.unique(points, axis=1).shape[1]
    fp = [0, *((np.sum(p >= thr) - i) / negatives for i, thr in enumerate(thresholds, 1)), 1]
    tp = [0, *(i / n for i in range(1, n + 1)), 1]
    return {
        "auc_judd": np.trapezoid(tp, fp),
        "cc": (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-7),
        "sim": np.minimum(p / (p.sum() + 1e-7), t / (t.sum() + 1e-7)).sum(),
        "nss": a[points[:, 0], points[:, 1]].mean(),
    }


def published_clip(prediction, truth, fixations):
    predictions, truths = list(extracted_pictures(prediction)), list(extracted_pictures(truth))
    order = sorted(range(len(truths)), key=lambda frame: f"{frame + 1:03d}.png")
    rows = [
        published_frame(predictions[frame], truths[frame], np.array(points))
        for points, frame in zip(fixations, order, strict=False)
    ]
    return {metric: np.mean([row[metric] for row in rows]) for metric in rows[0]}


class Clip:
    """Two videos and their fixations in a folder, random unless told otherwise."""

    def __init__(self, folder, seed=0, frames=4, size=(36, 64), predicted_size=None, high=1024):
        self.folder = folder
        self.rng = np.random.default_rng(seed)
        self.prediction, self.truth = folder / "prediction.mp4", folder / "truth.mp4"
        self.fixations_file = folder / "fixations.json"
        self.truths = [self.rng.integers(0, high, size) for _ in range(frames)]
        self.predictions = [self.rng.integers(0, high, predicted_size or size) for _ in range(frames)]
        self.fixations = [
            np.column_stack([self.rng.integers(0, limit, 9) for limit in size]).tolist()
            for _ in range(frames)
        ]

    def write(self, predicted=None, true=None):
        write_video(self.prediction, self.predictions, **(predicted or {}))
        write_video(self.truth, self.truths, **(true or {}))
        self.fixations_file.write_text(json.dumps(self.fixations))
        return self

    def score(self):
        return score_clip(self.prediction, self.truth, self.fixations_file)

    def expected(self):
        return published_clip(self.prediction, self.truth, self.fixations)


EIGHT = {"pixel_format": "yuv420p"}


@pytest.mark.parametrize(
    ("clip", "predicted", "true"),
    [
        pytest.param({}, {}, {}, id="ten bits, untagged and so limited range"),
        pytest.param({}, {"full_range": True}, {"full_range": True}, id="ten bits, full range"),
        pytest.param({}, {}, {"full_range": True}, id="prediction limited, truth full"),
        pytest.param({"high": 256}, EIGHT, {"full_range": True}, id="eight bits against ten"),
        pytest.param({"high": 256}, EIGHT | {"full_range": True}, EIGHT, id="eight bits both"),
        pytest.param({"predicted_size": (18, 30)}, {}, {}, id="prediction smaller than the truth"),
        pytest.param({"predicted_size": (72, 80)}, {"full_range": True}, {}, id="prediction larger"),
        pytest.param({}, {"chroma": 300}, {}, id="prediction in colour"),
        pytest.param({"high": 256}, EIGHT | {"chroma": 90}, {}, id="eight-bit prediction in colour"),
    ],
)
def test_scores_are_those_of_extracted_pictures(tmp_path, clip, predicted, true):
    made = Clip(tmp_path, **clip).write(predicted, true)
    found = made.score()
    assert found.frames == 4 and found.warnings == ()
    assert found.scores == pytest.approx(made.expected(), rel=1e-9, abs=1e-12)


def test_a_constant_prediction_scores_without_a_stumble(tmp_path):
    made = Clip(tmp_path)
    made.predictions = [np.full((36, 64), 500)] * 4
    made.write()
    assert made.score().scores == pytest.approx(made.expected(), abs=1e-12)
    assert made.score().scores["cc"] == 0


def test_past_999_frames_pictures_are_paired_in_text_order_and_a_warning_says_so(tmp_path):
    made = Clip(tmp_path, frames=1012, size=(16, 16)).write()
    found = made.score()
    assert found.scores == pytest.approx(made.expected(), rel=1e-9)
    assert len(found.warnings) == 1 and "text order" in found.warnings[0]


@pytest.mark.parametrize("frames", [1, 999, 1000, 1001, 1234])
def test_text_order_is_that_of_the_picture_names(frames):
    names = [f"{number:03d}.png" for number in range(1, frames + 1)]
    assert [sorted(names).index(name) for name in names] == list(text_order_positions(frames))


@pytest.mark.parametrize(("listed", "warning"), [(3, "lists 3 frames of 4"), (6, "the rest is not used")])
def test_a_list_of_another_length_cuts_the_clip_with_a_warning(tmp_path, listed, warning):
    made = Clip(tmp_path)
    made.fixations = [*made.fixations, [[0, 0]], []][:listed]
    made.write()
    found = made.score()
    assert found.frames == min(listed, 4)
    assert found.scores == pytest.approx(made.expected(), rel=1e-9)
    assert len(found.warnings) == 1 and warning in found.warnings[0]


def test_counting_by_level_equals_sorting_the_pixels():
    rng = np.random.default_rng(5)
    greys = np.maximum.accumulate(rng.integers(0, 40, 64)).astype(float)  # several codes, one grey
    truth = ExtractedFrame(rng.integers(0, 64, (20, 30)).astype(np.uint16), greys)
    points = np.column_stack([rng.integers(0, 20, 15), rng.integers(0, 30, 15)])
    pictures = [greys[truth.codes], greys[truth.codes]]
    expected = published_frame(*pictures, points)
    assert score_frame(truth, truth, points) == pytest.approx(tuple(expected.values()), rel=1e-9)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda clip: clip.fixations.__setitem__(2, []), "frame 2 of fixations.json has no point"),
        (lambda clip: clip.fixations[1].append([36, 0]), r"frame 1 .* the point \[36, 0\] outside the 64x36"),
        (lambda clip: clip.fixations[1].append([0, 64]), r"the point \[0, 64\] outside"),
        (lambda clip: clip.fixations[1].append([-1, 0]), r"the point \[-1, 0\] outside"),
        (lambda clip: clip.fixations.clear(), "holds no frame"),
        (lambda clip: clip.predictions.pop(), "prediction has 3 frames and the truth 4"),
    ],
)
def test_what_the_published_scorer_dies_on_is_a_reason(tmp_path, spoil, reason):
    clip = Clip(tmp_path)
    spoil(clip)
    clip.write()
    with pytest.raises(BadInput, match=reason):
        clip.score()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda clip: clip.prediction.unlink(), r"^prediction: there is no prediction\.mp4"),
        (lambda clip: clip.truth.write_bytes(b"no video at all"), "^truth: truth.mp4"),
        (lambda clip: clip.prediction.write_bytes(clip.prediction.read_bytes()[:-40]), "^prediction: "),
        (lambda clip: clip.fixations_file.write_text("[[[1,"), "^fixations: fixations.json cannot be read"),
    ],
)
def test_a_broken_file_is_named_with_its_part(tmp_path, spoil, reason):
    clip = Clip(tmp_path).write()
    spoil(clip)
    with pytest.raises(BadInput, match=reason):
        clip.score()


def test_a_point_outside_in_frames_that_are_not_scored_does_not_matter(tmp_path):
    clip = Clip(tmp_path)
    clip.fixations.append([[9999, 9999]])
    assert clip.write().score().frames == 4
