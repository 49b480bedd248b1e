"""``cursal verify``: whether a build or release is what it says, here or beside one from another machine."""

from pathlib import Path

import click

from processing import layouts
from processing.errors import BadInput
from processing.tracks.csv_file import read_csv
from processing.verification.builds import compare_builds, rebuild, verify_build
from processing.verification.releases import compare_releases, is_release, verify_release
from processing.verification.verdict import Held, Verdict
from processing.video import probe

EXIT_DIFFERENT = 3
# Another kind of processor rounds a pixel here and there to the next level, and CRF 0 at 10 bits spreads that.
USUAL_LEVELS = 8

_PATH = click.Path(path_type=Path)


@click.command("verify")
@click.argument("folder", type=_PATH)
@click.option("--against", type=_PATH, help="Another build or release, such as one made on another machine.")
@click.option("--video", type=_PATH, help="The clip of a build; with --tracks everything is built again.")
@click.option("--tracks", type=_PATH, help="The CSV of tracks that the build was made from.")
@click.option("--skip-bad-tracks", is_flag=True, help="As the build was made.")
@click.option(
    "--max-levels",
    type=int,
    default=USUAL_LEVELS,
    show_default=True,
    help="By how many of 1023 maps may differ.",
)
@click.option("--json", "json_file", type=_PATH, help="Write the verdict there.")
def verify_command(
    folder: Path,
    against: Path | None,
    video: Path | None,
    tracks: Path | None,
    skip_bad_tracks: bool,
    max_levels: int,
    json_file: Path | None,
) -> int:
    """Say whether every byte of a build or release is the same, or fixations and fingerprints alone.

    Without options the maps are made again from the fixations in FOLDER, and a release's checksums are checked.
    The exit status is 3 when neither holds.
    """
    if (video is None) != (tracks is None):
        raise BadInput("--video and --tracks go together: give both or neither")
    if against is not None and video is not None:
        raise BadInput("--against compares two folders and --video builds again: give one of them")
    for given in filter(None, (folder, against)):
        if not given.is_dir():
            raise BadInput(
                f"there is no folder {given}: give the folder of a build or of an unpacked release"
            )
    if video is not None and tracks is not None:
        usable, _ = read_csv(tracks, skip_bad=skip_bad_tracks)
        verdict = rebuild(folder, probe(video), usable, max_levels)
    else:
        verdict = _without_inputs(folder, against, max_levels)
    click.echo(f"{folder}: {verdict.sentence}")
    for line in (*verdict.faults, *verdict.notes):
        click.echo(line, err=True)
    if json_file is not None:
        layouts.write_json(json_file, verdict.document())
    return EXIT_DIFFERENT if verdict.held is Held.NEITHER else 0


def _without_inputs(folder: Path, against: Path | None, max_levels: int) -> Verdict:
    if against is None:
        return verify_release(folder, max_levels) if is_release(folder) else verify_build(folder, max_levels)
    if is_release(folder) != is_release(against):
        raise BadInput("one folder is a release and the other a build: compare like with like")
    compare = compare_releases if is_release(folder) else compare_builds
    return compare(folder, against, max_levels)
