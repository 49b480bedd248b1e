"""``cursal gaze``: recordings of an eye tracker become one CSV a clip, as `cursal calibrate` reads them."""

from pathlib import Path

import click

from processing.gaze import find_recordings, read_recordings
from processing.tracks.csv_file import write_csv
from processing.video import probe

_PATH = click.Path(path_type=Path)


@click.command("gaze")
@click.option(
    "--recordings", type=_PATH, required=True, help="Folder of clips and eye-tracking files beside them."
)
@click.option("--out", type=_PATH, required=True, help="Folder for one CLIP.csv a clip; it is made.")
def gaze_command(recordings: Path, out: Path) -> None:
    """Turn labelled recordings in the layout of Andersson et al. (2017) into CSV files of tracks."""
    out.mkdir(parents=True, exist_ok=True)
    for clip, paths in find_recordings(recordings).items():
        facts = probe(clip)
        write_csv(
            out / f"{clip.stem}.csv",
            [viewer.track(facts.width, facts.height) for viewer in read_recordings(paths)],
        )
        click.echo(f"{out / f'{clip.stem}.csv'}: {len(paths)} viewers")
