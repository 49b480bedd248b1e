"""``cursal calibrate``: the lag and sigma at which mouse tracks say best where people look."""

from pathlib import Path

import click
import numpy as np

from processing.calibration.against_eyes import HandsAndEyes
from processing.calibration.among_hands import halves
from processing.calibration.on_target import followed
from processing.calibration.reports import report_on_eyes, report_on_halves, report_on_target
from processing.calibration.search import Search
from processing.errors import BadInput
from processing.recipe import Recipe
from processing.recordings import Recordings, clip_files, read_clips, read_target
from processing.tracks.csv_file import read_csv

_PATH = click.Path(path_type=Path)
_USUAL = Search()


@click.command("calibrate")
@click.option("--video", type=_PATH, multiple=True, help="A clip; repeat for several.")
@click.option("--tracks", type=_PATH, multiple=True, help="CSV of its mouse tracks: observer,t_s,x_px,y_px.")
@click.option("--gaze", type=_PATH, multiple=True, help="CSV of eyes on it, same columns; lost eyes are NaN.")
@click.option("--manifest", type=_PATH, help="CSV with the columns video,tracks,gaze,group instead of these.")
@click.option(
    "--target", type=_PATH, help="CSV of the dot that --tracks had to follow: a lag for each observer."
)
@click.option("--recipe", "recipe_file", type=_PATH, help="Recipe as TOML; its sigma holds for the eyes.")
@click.option(
    "--lag-max-ms", type=int, default=_USUAL.lag_max_ms, show_default=True, help="Greatest lag tried."
)
@click.option("--lag-step-ms", type=int, default=_USUAL.lag_step_ms, show_default=True, help="Divides 1000.")
@click.option(
    "--sigmas",
    default=",".join(map(str, _USUAL.sigma_shares)),
    show_default=True,
    help="Sigmas tried, as shares of the longer side.",
)
@click.option(
    "--replicates", type=int, default=_USUAL.replicates, show_default=True, help="Of the bootstrap."
)
@click.option(
    "--seed", type=int, default=_USUAL.seed, show_default=True, help="Of the bootstrap and the halves."
)
@click.option("--out", type=_PATH, required=True, help="Folder for tables and charts; it is made.")
def calibrate_command(
    video: tuple[Path, ...],
    tracks: tuple[Path, ...],
    gaze: tuple[Path, ...],
    manifest: Path | None,
    target: Path | None,
    recipe_file: Path | None,
    lag_max_ms: int,
    lag_step_ms: int,
    sigmas: str,
    replicates: int,
    seed: int,
    out: Path,
) -> None:
    """Find the lag and the sigma of mouse tracks.

    With --gaze hands are held against eyes that saw the same clips; without, random halves of the observers
    against each other, which shows sigma but no lag that all share; with --target each cursor against the dot that
    it had to follow.
    """
    recipe = Recipe() if recipe_file is None else Recipe.from_toml(recipe_file)
    search = Search(lag_max_ms, lag_step_ms, _shares(sigmas), replicates, seed)
    if target is not None:
        if len(tracks) != 1 or video or gaze or manifest:
            raise BadInput("--target goes with one --tracks and with neither clips nor gaze")
        _on_target(tracks[0], target, recipe, search, out)
        return
    files = clip_files(video, tracks, gaze, manifest)
    clips = list(read_clips(files))
    if files[0].gaze is None:
        _among_hands(clips, recipe, search, out)
    else:
        _against_eyes(clips, recipe, search, out)


def _against_eyes(clips: list[Recordings], recipe: Recipe, search: Search, out: Path) -> None:
    met = [HandsAndEyes(clip, recipe, search) for clip in clips]
    # Sigmas are compared at the lag that suits all clips by CC, so that clips and groups say the same thing.
    reference_lag = int(np.argmax(np.mean([clip.over_lags()[0] for clip in met], axis=0)))
    curves = []
    for clip in met:
        click.echo(f"{clip.clip.name} …", err=True)
        curves.append(clip.curves(reference_lag))
    _make(out)
    document = report_on_eyes(out, met, curves, recipe, search)
    for clip in document["clips"]:
        _say(clip["name"], clip)
    for name, group in document["groups"].items():
        _say(name, group)
    if len(clips) > 1:
        _say("all clips", document["all"])


def _among_hands(clips: list[Recordings], recipe: Recipe, search: Search, out: Path) -> None:
    found = [halves(clip, recipe, search) for clip in clips]
    _make(out)
    document = report_on_halves(out, clips, found, recipe, search)
    named = [(clip["name"], clip) for clip in document["clips"]] + list(document["groups"].items())
    for name, own in [*named, ("all clips", document["all"])] if len(clips) > 1 else named:
        sigma = own["best"]["nss"]["sigma_share"]
        click.echo(f"{name}: sigma {_interval(sigma)} of the longer side by NSS between halves")
    click.echo(document["note"], err=True)


def _on_target(tracks: Path, target: Path, recipe: Recipe, search: Search, out: Path) -> None:
    path = read_target(target)
    found = [followed(track, path, search) for track in read_csv(tracks)[0]]
    _make(out)
    document = report_on_target(out, found, recipe, search)
    for own in document["observers"]:
        click.echo(
            f"{own['name']}: lag {_interval(own['lag_ms'])} ms, {own['distance_px']:g} px from the target"
        )
    click.echo(f"median lag {document['lag_ms']['median']:g} ms")


def _say(name: str, found: dict) -> None:
    by_cc = found["best"]["cc"]
    click.echo(
        f"{name}: lag {_interval(by_cc['lag_ms'])} ms, sigma {_interval(by_cc['sigma_share'])} of the longer side, "
        f"CC {by_cc['value']:g}"
    )
    if found["held_out"] is not None:
        held_out = found["held_out"]["cc"]
        click.echo(
            f"{name}: held-out viewers: lag {_interval(held_out['lag_ms'])} ms, CC {held_out['value']:g}"
        )
    if by_cc["lag_at_edge"]:
        click.echo(f"warning: {name}: the best lag is the last one tried; try others too", err=True)


def _interval(estimate: dict[str, float | None]) -> str:
    if estimate["low"] is None or estimate["high"] is None:
        return f"{estimate['value']:g}"
    return f"{estimate['value']:g} ({estimate['low']:g} to {estimate['high']:g})"


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"--sigmas {text!r} is no list of numbers; write them with commas between") from None


def _make(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; give a folder for the results")
    out.mkdir(parents=True, exist_ok=True)
