"""The shuffled-audio test of a listening model: the same pictures with their own sound, another clip's, and none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from processing.bootstrap import Estimate
from processing.errors import BadInput
from processing.layouts import Dataset
from processing.video import probe
from training.gains import DECIDING, HEARD, NONE, OWN, SHUFFLED, Group, Listened, groups, shuffled
from training.parts import names_in
from training.predict import SoundOf, its_own, predict
from training.predictor import Predictor
from training.progress import Reporter, StopRequest
from training.scores import require_truth, scored

_SAID = {OWN: "own", SHUFFLED: "another clip's", NONE: "none"}


@dataclass(frozen=True)
class Listening:
    """What the test found; `without_sound` are the clips that it leaves out."""

    clips: Sequence[Listened]
    groups: Sequence[Group]
    without_sound: Sequence[str]

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "groups": [group.document() for group in self.groups],
            "clips": [clip.document() for clip in self.clips],
            "without_sound": list(self.without_sound),
        }


def listen(
    predictor: Predictor,
    dataset: Dataset,
    part: str,
    out: Path,
    *,
    content: Mapping[str, str],
    mode: str,
    seed: int,
    reporter: Reporter,
    stop: StopRequest,
) -> Listening:
    """Predict and score a part three times, below `out/own`, `out/shuffled` and `out/none`.

    content: group by clip; seed: of who gets whose sound and of the bootstrap. Raises BadInput for a model that does
    not listen, fewer than two clips with sound, and as prediction and scoring do.
    """
    if not predictor.model.listens:
        raise BadInput(
            f"a {predictor.config.model} does not listen, so there is nothing to test: give a run of av_gate"
        )
    require_truth(dataset, part)
    names = names_in(dataset, part)
    audible = [name for name in names if probe(dataset.video(name)).has_audio]
    others = shuffled(audible, seed)
    heard_as: dict[str, SoundOf] = {OWN: its_own, SHUFFLED: others.__getitem__, NONE: lambda _: None}
    chosen = replace(dataset, split={part: tuple(audible)})
    results = {}
    for heard, sound_of in heard_as.items():
        folder = out / heard
        predict([predictor], chosen, part, folder, reporter=reporter, stop=stop, sound_of=sound_of)
        results[heard] = scored(chosen, part, folder, mode=mode, reporter=reporter, stop=stop).videos
    clips = [
        Listened(
            name, others[name], content.get(name), {heard: results[heard][name].scores for heard in HEARD}
        )
        for name in audible
    ]
    return Listening(clips, groups(clips, seed), sorted(set(names) - set(audible)))


def text(title: str, found: Listening) -> str:
    """The test as Markdown: words, means, gains, clips."""
    metrics = found.clips[0].metrics
    names = " | ".join(metrics)
    rule = "---|" * len(metrics)
    lines = [f"# {title}", ""]
    lines += [f"- {group.name} ({group.clips} clips): {group.verdict}" for group in found.groups]
    lines += ["", f"| group | sound | {names} |", f"|---|---|{rule}"]
    lines += [
        f"| {group.name} | {_SAID[heard]} | {_row([_number(group.mean[heard][metric]) for metric in metrics])} |"
        for group in found.groups
        for heard in HEARD
    ]
    lines += ["", "What the own sound gains, with the 95 % interval over clips (kld: less is better):", ""]
    lines += [f"| group | over | {names} |", f"|---|---|{rule}"]
    lines += [
        f"| {group.name} | {_SAID[over]} | {_row([_span(found) for found in gains.values()])} |"
        for group in found.groups
        for over, gains in group.gain.items()
    ]
    lines += [
        "",
        f"| clip | group | sound of | {DECIDING} own | another clip's | none |",
        "|---|---|---|---|---|---|",
    ]
    for clip in found.clips:
        values = [_number(clip.scores[heard].get(DECIDING)) for heard in HEARD]
        lines.append(f"| {clip.name} | {clip.group or '–'} | {clip.sound_of} | {_row(values)} |")
    if found.without_sound:
        lines += ["", f"Left out, without sound: {', '.join(found.without_sound)}"]
    return "\n".join(lines) + "\n"


def _row(values: Sequence[str]) -> str:
    return " | ".join(values)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _span(found: Estimate | None) -> str:
    if found is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{found.value:+.4f}"
    return f"{found.value:+.4f} ({found.low:+.4f} to {found.high:+.4f})"
