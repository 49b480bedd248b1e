"""The two published ways to score, written down plainly from their description (docs/metrics.md), to measure against.

Nothing here is shared with the scorer: every rule stands as it reads, a formula a line, a pass over the pixels where
the published programs make one. So a test may hold the scorer's numbers against these, and a benchmark its time.
Points are int64 (N, 2) as (row, col); scores are dicts of auc_judd, cc, sim and nss.
"""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import av
import cv2
import numpy as np

EPS32 = np.finfo(np.float32).eps

Scores = dict[str, float]


def pictures_frame(prediction: np.ndarray, truth: np.ndarray, points: np.ndarray) -> Scores:
    """A frame of the 2024 way: two pictures as a reader of PNG gives them, (H, W) or (H, W, 3)."""
    prediction, truth = (_to_unit(_grey(picture)) for picture in (prediction, truth))
    prediction = cv2.resize(prediction, (truth.shape[1], truth.shape[0]), interpolation=cv2.INTER_LINEAR)
    a = (prediction - prediction.mean()) / (prediction.std() + 1e-7)
    b = (truth - truth.mean()) / (truth.std() + 1e-7)
    share = prediction / (prediction.sum() + 1e-7)
    true_share = truth / (truth.sum() + 1e-7)
    return {
        "auc_judd": _auc_of_every_point(prediction, points),
        "cc": (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-7),
        "sim": np.minimum(share, true_share).sum(),
        "nss": a[points[:, 0], points[:, 1]].mean(),
    }


def streamed_frame(prediction: np.ndarray, truth: np.ndarray, points: np.ndarray) -> Scores:
    """A frame of the streaming way: two frames of 16-bit grey (H, W)."""
    prediction, truth = (_to_unit(frame.astype(np.float32)) for frame in (prediction, truth))
    a = (prediction - prediction.mean()) / (prediction.std() + EPS32)
    b = (truth - truth.mean()) / (truth.std() + EPS32)
    share = prediction / (prediction.sum() + EPS32)
    true_share = truth / (truth.sum() + EPS32)
    return {
        "auc_judd": _auc_in_sixteen_bits(prediction, points),
        "cc": float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum() + EPS32)),
        "sim": float(np.minimum(share, true_share).sum()),
        "nss": float(a[points[:, 0], points[:, 1]].mean()),
    }


def score_by_pictures(
    prediction: Path, truth: Path, fixations: Path, scratch: Path, frames: int | None = None
) -> Scores:
    """A clip the 2024 way: both videos become PNG files in `scratch`, read back in the order of their names.

    frames: stop after so many, for a measurement.
    """
    folders = [extract(video, scratch / what, frames) for video, what in ((prediction, "p"), (truth, "t"))]
    pictures = [sorted(folder.iterdir(), key=lambda path: path.name) for folder in folders]
    rows = [
        pictures_frame(
            np.asarray(cv2.imread(str(predicted), cv2.IMREAD_UNCHANGED)),
            np.asarray(cv2.imread(str(true), cv2.IMREAD_UNCHANGED)),
            np.array(points, np.int64),
        )
        for points, predicted, true in zip(json.loads(fixations.read_text()), *pictures, strict=False)
    ]
    return _means(rows)


def score_by_streaming(prediction: Path, truth: Path, fixations: Path, frames: int | None = None) -> Scores:
    """A clip the streaming way: both videos decoded side by side, one thread each."""
    rows = []
    every = zip_longest(_decoded(prediction), _decoded(truth), json.loads(fixations.read_text()))
    for number, (predicted, true, points) in enumerate(every):
        if number == frames:
            break
        if predicted is None or true is None or points is None:
            raise ValueError("the lengths differ")
        prediction_grey, true_grey = (frame.to_ndarray(format="gray16le") for frame in (predicted, true))
        rows.append(streamed_frame(prediction_grey, true_grey, np.array(points, np.int64)))
    return _means(rows)


def extract(video: Path, folder: Path, frames: int | None = None) -> Path:
    """Every frame as a PNG named 001.png and so on: 16 bits a channel for files of more than 8, else 8."""
    folder.mkdir(parents=True)
    encode: Callable[[av.VideoFrame], bytes] | None = None
    for number, frame in enumerate(_decoded(video)):
        if number == frames:
            break
        encode = encode or _png_encoder(frame)
        (folder / f"{number + 1:03d}.png").write_bytes(encode(frame))
    return folder


def _png_encoder(first: av.VideoFrame) -> Callable[[av.VideoFrame], bytes]:
    deep, grey = first.format.components[0].bits > 8, first.format.name.startswith("gray")
    pixels = {
        (True, True): "gray16be",
        (True, False): "rgb48be",
        (False, True): "gray",
        (False, False): "rgb24",
    }
    context = av.CodecContext.create("png", "w")
    context.width, context.height = first.width, first.height
    context.pix_fmt, context.time_base = pixels[deep, grey], Fraction(1, 30)

    def encode(frame: av.VideoFrame) -> bytes:
        return b"".join(bytes(packet) for packet in context.encode(frame.reformat(format=context.pix_fmt)))

    return encode


def _decoded(video: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(video)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        yield from container.decode(video=0)


def _grey(picture: np.ndarray) -> np.ndarray:
    return picture.mean(axis=2) if picture.ndim == 3 else picture


def _to_unit(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / (values.max() - values.min() + EPS32)


def _auc_of_every_point(values: np.ndarray, points: np.ndarray) -> float:
    """One threshold a point, highest first, and what the published code takes for the number of different points."""
    thresholds = np.sort(values[points[:, 0], points[:, 1]])[::-1]
    n = len(thresholds)
    different = np.unique(points, axis=1).shape[1]
    ranks = np.arange(1, n + 1)
    not_below = np.sum(values >= thresholds[:, None, None], axis=(1, 2))
    fp = (not_below - ranks) / (values.size - different)
    return float(np.trapezoid([0, *(ranks / n), 1], [0, *fp, 1]))


def _auc_in_sixteen_bits(values: np.ndarray, points: np.ndarray) -> float:
    levels = np.rint(np.clip(values, 0, 1) * 65535).astype(np.uint16)
    places = np.unique(points, axis=0)
    at_points, at_places = (levels[rows[:, 0], rows[:, 1]] for rows in (points, places))
    negatives = levels.size - len(places)
    if negatives <= 0:
        return 1.0
    counts = np.bincount(levels.ravel(), minlength=65536)[::-1].cumsum()[::-1]
    tp, fp = [0.0], [0.0]
    for threshold in np.unique(at_points)[::-1]:
        tp.append((at_points >= threshold).sum() / len(at_points))
        fp.append((counts[threshold] - (at_places >= threshold).sum()) / negatives)
    return float(np.trapezoid([*tp, 1.0], [*fp, 1.0]))


def _means(rows: list[Scores]) -> Scores:
    return {metric: float(np.mean([row[metric] for row in rows])) for metric in rows[0]}
