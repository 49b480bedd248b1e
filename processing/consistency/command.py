"""``cursal consistency``: how well observers of a clip agree, and how many more it needs."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np

from processing import layouts, provenance
from processing.chart import write_chart
from processing.consistency.study import Consistency, consistency, positions_under
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.recordings import Recordings, clip_files, read_clips

CONSISTENCY = "consistency.json"
_PATH = click.Path(path_type=Path)
_DRAWN_BEYOND = 2  # the laws are drawn up to so many times the observers there are


@click.command("consistency")
@click.option("--video", type=_PATH, multiple=True, help="A clip; repeat for several.")
@click.option("--tracks", type=_PATH, multiple=True, help="CSV of its mouse tracks: observer,t_s,x_px,y_px.")
@click.option("--manifest", type=_PATH, help="CSV with the columns video,tracks instead of these.")
@click.option("--recipe", "recipe_file", type=_PATH, help="Recipe as TOML: sigma, lag, crop, fixations.")
@click.option(
    "--wanted", type=float, default=0.9, show_default=True, help="Agreement that a clip should have."
)
@click.option(
    "--replicates", type=int, default=200, show_default=True, help="Of the bootstrap over observers."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of groups and bootstrap.")
@click.option(
    "--out", type=_PATH, required=True, help="Folder for consistency.json and a chart a clip; it is made."
)
def consistency_command(
    video: tuple[Path, ...],
    tracks: tuple[Path, ...],
    manifest: Path | None,
    recipe_file: Path | None,
    wanted: float,
    replicates: int,
    seed: int,
    out: Path,
) -> None:
    """Say how well observers agree: split-half, leave-one-out, ceiling, growth with their number.

    Agreement is CC between the maps of groups of observers who share nobody.
    """
    if replicates < 0:
        raise BadInput(f"{replicates} replicates cannot be drawn; give 0 or more")
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; give a folder for the results")
    recipe = Recipe() if recipe_file is None else Recipe.from_toml(recipe_file)
    documents: list[dict[str, Any]] = []
    for clip in read_clips(clip_files(video, tracks, [], manifest)):
        found = _asked(clip, recipe, wanted, replicates, seed)
        out.mkdir(parents=True, exist_ok=True)
        _draw(out / f"growth_{clip.name}.svg", clip.name, found)
        documents.append({"name": clip.name, **found.document()})
        click.echo(_said(clip.name, found))
    layouts.write_json(
        out / CONSISTENCY,
        {
            "clips": documents,
            "recipe": recipe.document(),
            "recipe_fingerprint": recipe.fingerprint(),
            "replicates": replicates,
            "seed": seed,
            "software": provenance.software(),
        },
    )


def _asked(clip: Recordings, recipe: Recipe, wanted: float, replicates: int, seed: int) -> Consistency:
    positions = positions_under(
        clip.hands, recipe, duration_s=Fraction(clip.duration_s), width=clip.width, height=clip.height
    )
    try:
        return consistency(
            positions,
            size=(clip.width, clip.height),
            sigma_px=recipe.sigma_for(clip.width, clip.height),
            wanted=wanted,
            replicates=replicates,
            seed=seed,
        )
    except BadInput as error:
        raise BadInput(f"{clip.name}: {error}") from error


def _draw(path: Path, name: str, found: Consistency) -> None:
    sizes = np.arange(1.0, _DRAWN_BEYOND * len(found.observers) + 1)
    curves = {
        "measured": list(zip(found.sizes.tolist(), found.agreement.tolist(), strict=True)),
        "Spearman-Brown": list(zip(sizes.tolist(), found.spearman_brown.at(sizes).tolist(), strict=True)),
    }
    if found.power_law is not None:
        curves["a n^b + c"] = list(zip(sizes.tolist(), found.power_law.at(sizes).tolist(), strict=True))
    write_chart(path, f"{name}: agreement of two groups", "observers in a group", "CC", curves)


def _said(name: str, found: Consistency) -> str:
    more = f"{found.more} more" if found.more else "no more"
    document = found.document()
    half, top = document["split_half"], document["ceiling"]["value"]
    span = "" if half["low"] is None else f" ({half['low']:g} to {half['high']:g})"
    return (
        f"{name}: halves of {len(found.observers)} observers agree by CC {half['value']:g}{span}, ceiling {top:g}; "
        f"for {found.wanted:g} the clip needs {more}"
    )
