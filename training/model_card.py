"""What somebody needs to know who finds a model's weights: what it is, from which data, how well it does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from processing.errors import BadInput
from training.clips import ClipSet
from training.config import Config
from training.convert.registry import registry
from training.run_folder import RunFolder

NO_LICENCE = "not chosen: who trained this model has to choose one, as the licences of the clips allow"
NOT_STATED = "not stated"

# What tells one evaluation from another: the next one of the same takes its place.
SAME = ("release", "subset", "mode", "mirror")


@dataclass(frozen=True)
class Origin:
    """Where the training clips lay: the name of a folder, and in which layout."""

    folder: str
    layout: str


def write(
    run: RunFolder, config: Config, facts: Mapping[str, object], clips: ClipSet, origin: Origin
) -> None:
    """Write `model_card.json` and a Markdown form of it beside the weights, each whole or not at all.

    Raises `BadInput` when they cannot be written.
    """
    card: dict[str, Any] = {
        "model": config.model,
        "configuration_hash": run.fingerprint(config),
        "configuration": config.model_dump(mode="json"),
        "data": {"folder": origin.folder, "layout": origin.layout, "hash": clips.digest},
        "clip_licences": _licences(clips),
        "licence": _licence(config, clips),
        "pretrained": _pretrained(config),
        "facts": dict(facts),
        "scores": [],
    }
    _write(run, card)


def add_scores(run: RunFolder, scores: Mapping[str, Any]) -> None:
    """Put the scores of an evaluation on a run's card: `release`, `subset`, `mode`, `mirror`, `clips` and `mean`.

    Raises `BadInput` when the card cannot be read or written.
    """
    try:
        card = dict(json.loads(run.card.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(
            f"cannot read {run.card}: train with the same command again, which writes it"
        ) from error
    others = [each for each in card.get("scores", []) if any(each[key] != scores[key] for key in SAME)]
    _write(run, {**card, "scores": [*others, dict(scores)]})


def facts_of(run: RunFolder) -> dict[str, object]:
    """The facts about a finished run; none when its card is gone or cannot be read."""
    try:
        return dict(json.loads(run.card.read_text("utf-8"))["facts"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(run: RunFolder, card: Mapping[str, Any]) -> None:
    text = json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    try:
        for path, content in ((run.card.with_suffix(".md"), _markdown(card)), (run.card, text)):
            part = path.with_name(f".{path.name}.part")
            part.write_text(content, "utf-8")
            part.replace(path)
    except OSError as error:
        raise BadInput(f"cannot write {run.card}: {error.strerror}; make room and run it again") from error


def _licences(clips: ClipSet) -> dict[str, int]:
    """How many of the training clips are under which licence."""
    stated = Counter(clip.licence or NOT_STATED for clip in clips.clips)
    return dict(sorted(stated.items()))


def _licence(config: Config, clips: ClipSet) -> str:
    """The configured one, else that nobody chose one, and what all clips are under where they agree."""
    if config.licence:
        return " ".join(config.licence.split())
    licences = list(_licences(clips))
    if len(licences) == 1 and licences != [NOT_STATED]:
        return f"{NO_LICENCE}; all of these are under {licences[0]}"
    return NO_LICENCE


def _pretrained(config: Config) -> dict[str, str] | None:
    """The weights that training began with, and their licence where the registry knows it; None for random ones."""
    name: str = getattr(config.net, "weights", "")
    if not name:
        return None
    entry = registry().get(name)
    return {"weights": name, "licence": entry.licence_weights if entry else NOT_STATED}


def _markdown(card: Mapping[str, Any]) -> str:
    facts = card["facts"]
    rows = [
        ("parameters", facts.get("parameters")),
        ("GFLOP a frame", facts.get("gflop_per_frame")),
        ("pre-trained weights of the family", facts.get("weights_family")),
        ("steps", facts.get("steps")),
        ("best step", facts.get("best_step")),
        *(
            (f"{name.upper()} on clips kept out", round(value, 4))
            for name, value in (facts.get("validation") or {}).items()
        ),
    ]
    known = "\n".join(f"| {name} | {value} |" for name, value in rows if value is not None)
    licences = ", ".join(f"{name} ({count})" for name, count in card["clip_licences"].items())
    pretrained = card.get("pretrained")  # cards of before lack it
    origin = (
        f"\n- Pre-trained weights: `{pretrained['weights']}`, their licence: {pretrained['licence']}"
        if pretrained
        else ""
    )
    return f"""# {card["model"]}

Predicts where people look in videos. Trained with Cursal; `model.safetensors` holds the weights and no code,
`config.json` how to build the network.

| fact | value |
|---|---|
{known}

- Data: `{card["data"]["folder"]}`, layout {card["data"]["layout"]}, hash `{card["data"]["hash"]}`
- Configuration: `{card["configuration_hash"]}`
- Licences of the training clips: {licences}{origin}
- Licence of the weights: {card["licence"]}

{_scores(card)}
"""


def _scores(card: Mapping[str, Any]) -> str:
    """Each evaluation in a line, and what the scores above are; that there are none where there are none."""
    lines = []
    for each in card["scores"]:
        mean = ", ".join(
            f"{name.upper()} {value:.4f}" for name, value in each["mean"].items() if value is not None
        )
        how = f"{each['clips']} clips, mode {each['mode']}{', mirrored as well' if each['mirror'] else ''}"
        lines.append(f"- Scores on `{each['release']}`, {each['subset']}, {how}: {mean}")
    if card["facts"].get("validation"):
        lines.append("- Scores on clips kept out are on the training grid; `evaluate` measures at full size.")
    return "\n".join(lines) or "Not scored yet: `python -m training evaluate` adds its scores here."
