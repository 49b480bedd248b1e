"""``cursal check-fixations``: found fixations against those that people marked by hand."""

from pathlib import Path

import click

from processing import layouts, provenance
from processing.errors import BadInput
from processing.gaze import find_labelled, read_labelled
from processing.label_agreement import USUAL, agreement_with_labels
from processing.recipe import Recipe

_PATH = click.Path(path_type=Path)


@click.command("check-fixations")
@click.option("--recordings", type=_PATH, required=True, help="Folder of hand-labelled eye-tracking files.")
@click.option("--recipe", "recipe_file", type=_PATH, help="Recipe to check beside the usual thresholds.")
@click.option("--out", type=_PATH, help="The JSON file to write.")
def check_fixations_command(recordings: Path, recipe_file: Path | None, out: Path | None) -> None:
    """Say how well I-VT and I-DT agree with hand labels in the layout of Andersson et al. (2017)."""
    own = {} if recipe_file is None else {recipe_file.stem: Recipe.from_toml(recipe_file)}
    if own.keys() & USUAL.keys():
        raise BadInput(f"{recipe_file} is named like a usual rule; call it otherwise")
    recipes = {**USUAL, **own}
    found = agreement_with_labels([read_labelled(path) for path in find_labelled(recordings)], recipes)
    for name, agreement in found["pooled"].items():
        kappa = "–" if agreement["kappa"] is None else f"{agreement['kappa']:.2f}"
        click.echo(f"{name}: {agreement['share']:.1%} of {agreement['samples']} samples alike, kappa {kappa}")
    if out is not None:
        documents = {name: recipe.document() for name, recipe in recipes.items()}
        layouts.write_json(out, {**found, "recipes": documents, "software": provenance.software()})
