"""`references`: what a baseline is held against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from processing.consistency.command import consistency_command
from processing.errors import BadInput
from processing.layouts import PUBLIC_TEST, open_dataset, write_json
from processing.recipe import Recipe
from processing.recordings import ClipFiles, clip_files, read_clips
from training import human
from training.commands.common import FOLDER, optional_release_option, reported
from training.progress import Reporter, StopRequest

_RECORDED = ("video", "tracks", "manifest", "recipe_file")


@click.command("references", params=[each for each in consistency_command.params if each.name in _RECORDED])
@optional_release_option
@click.option("--subset", default=PUBLIC_TEST, show_default=True, help="Part of the release.")
@click.option("--out", type=FOLDER, help="A JSON file to write them to.")
def references_command(
    release: Path | None,
    subset: str,
    video: tuple[Path, ...],
    tracks: tuple[Path, ...],
    manifest: Path | None,
    recipe_file: Path | None,
    out: Path | None,
) -> None:
    """How well people predict people on each clip: as far as a release says it, or all of it from recordings.

    Recordings are given as for `cursal consistency`: --video and --tracks, or --manifest.
    """
    with reported() as (reporter, stop):
        recorded = bool(manifest or video or tracks)
        if recorded == (release is not None):
            raise BadInput("give one of --release, --manifest, and --video with --tracks")
        if release is not None:
            if recipe_file is not None:
                raise BadInput("--recipe is for recordings; a release has its own: take it out")
            found = human.of_release(open_dataset(release), subset)
        else:
            files = clip_files(video, tracks, [], manifest)
            recipe = Recipe() if recipe_file is None else Recipe.from_toml(recipe_file)
            found = _of_recordings(files, recipe, reporter, stop)
        table = human.table(found)
        if out is not None:
            write_json(out, table)
        for clip in found:
            if clip.reason:
                click.echo(f"{clip.name}: {clip.reason}", err=True)
        reporter.event("finished", phase="references", **table)


def _of_recordings(
    files: Sequence[ClipFiles], recipe: Recipe, reporter: Reporter, stop: StopRequest
) -> list[human.References]:
    found = []
    for clip in read_clips(files):
        stop.check()
        found.append(human.of_recordings(clip, recipe))
        reporter.progress("references", len(found), len(files))
    return found
