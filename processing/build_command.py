"""``cursal build``: one video and its tracks become fixations, a saliency video and a report."""

from pathlib import Path

import click

from processing.detection import FixationRule
from processing.errors import BadInput
from processing.pipeline import process_stimulus, require_buildable
from processing.progress_bar import progress_bar
from processing.recipe import Recipe
from processing.tracks.csv_file import read_csv
from processing.video import probe

_PATH = click.Path(path_type=Path)


@click.command("build")
@click.option("--video", type=_PATH, required=True, help="The clip; its rate and size are kept.")
@click.option("--tracks", type=_PATH, required=True, help="CSV with the columns observer,t_s,x_px,y_px.")
@click.option("--recipe", "recipe_file", type=_PATH, help="Recipe as TOML; without it the published method.")
@click.option("--out", type=_PATH, required=True, help="Folder for the results; it is made.")
@click.option("--keep-density", is_flag=True, help="Also write density.npy (large) and density.csv.")
@click.option("--skip-bad-tracks", is_flag=True, help="Leave out an observer with bad rows and go on.")
def build_command(
    video: Path, tracks: Path, recipe_file: Path | None, out: Path, keep_density: bool, skip_bad_tracks: bool
) -> None:
    """Turn tracks over one clip into fixations.json, saliency.mp4 and report.json."""
    recipe = Recipe() if recipe_file is None else Recipe.from_toml(recipe_file)
    facts = probe(video)
    try:
        require_buildable(facts)
        recipe.sigma_for(facts.width, facts.height)
        FixationRule.of(recipe, facts.width, facts.height)
    except BadInput as error:
        raise BadInput(f"{video.name}: {error}") from error
    usable, dropped = read_csv(tracks, skip_bad=skip_bad_tracks)
    with progress_bar(video.name, "maps") as progress:
        report = process_stimulus(
            facts=facts,
            tracks=usable,
            recipe=recipe,
            out_dir=out,
            dropped=dropped,
            keep_density=keep_density,
            progress=progress,
        )
    click.echo(
        f"{out}: {report.frames} frames, {report.points} points of {len(report.tracks)} observers, "
        f"sigma {report.sigma_px:g} px"
    )
    for left_out in report.dropped:
        click.echo(f"left out: {left_out.observer}: {left_out.reason}", err=True)
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
