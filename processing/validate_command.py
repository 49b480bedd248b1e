"""``cursal validate``: says in seconds what is wrong with a submission or a release, before anything is decoded."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from processing.errors import BadInput
from processing.evaluate import COMPATIBLE, names_of_subset, videos_in
from processing.layouts import KNOWN_LAYOUTS, Layout, recognise, recognise_paths
from processing.scoring import MODES
from processing.scoring.limits import bounded_memory
from processing.validation.archive import opened
from processing.validation.release import check_release, unpacked
from processing.validation.report import Refused, Report
from processing.validation.submission import Expected, check_submission, expected_of, read_expected

EXIT_FAULTS = 3

_PATH = click.Path(path_type=Path)


@click.command("validate")
@click.argument("path", type=_PATH)
@click.option("--truth", type=_PATH, help="For a submission: the folder of true maps, NAME.mp4.")
@click.option("--expect", type=_PATH, help="Instead of --truth: JSON of frames, width and height by NAME.")
@click.option("--split-file", type=_PATH, help="TrainTestSplit.json; needs --subset.")
@click.option("--subset", help="The part of the split file that the submission is for.")
@click.option("--mode", default=COMPATIBLE, show_default=True, help=f"One of: {', '.join(MODES)}.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def validate_command(
    path: Path,
    truth: Path | None,
    expect: Path | None,
    split_file: Path | None,
    subset: str | None,
    mode: str,
    as_json: bool,
) -> None:
    """Check PATH, a release in the layout of AIM24, NTIRE26 or CrowdSAL, or a submission; a folder or a zip.

    Lists every fault at once and ends with status 3 when there is one. Warnings are scored all the same.
    """
    if (split_file is None) != (subset is None):
        raise BadInput("--split-file and --subset go together: give both or neither")
    with bounded_memory(), _release(path) as release:
        if release is not None:
            report = check_release(release)
        else:
            names = None if split_file is None or subset is None else names_of_subset(split_file, subset)
            report = _submission(path, _expected(path, truth, expect, names), mode)
    if as_json:
        click.echo(json.dumps(report.document(), indent=1, ensure_ascii=False))
    else:
        _tell(path, report)
    if not report.good:
        click.get_current_context().exit(EXIT_FAULTS)


@contextmanager
def _release(path: Path) -> Iterator[Path | None]:
    """The release at `path` as a folder, or None when it is something else."""
    if recognise(path):
        yield path
    elif path.is_file() and zipfile.is_zipfile(path) and _layout_inside(path):
        with unpacked(path) as folder:
            yield folder
    else:
        yield None


def _layout_inside(path: Path) -> Layout | None:
    try:
        with opened(path) as archive:
            return recognise_paths(archive.namelist())
    except Refused:  # the check of a submission says so
        return None


def _expected(
    path: Path, truth: Path | None, expect: Path | None, names: list[str] | None
) -> dict[str, Expected]:
    if (truth is None) == (expect is None):
        raise BadInput(
            f"{path} has the layout of no release ({KNOWN_LAYOUTS}), and a submission needs something to be held "
            "against: give either --truth or --expect"
        )
    if expect is not None:
        expected = read_expected(expect)
        return expected if names is None else _chosen(expected, names, expect)
    assert truth is not None
    if not truth.is_dir():
        raise BadInput(f"the folder of truth does not exist: {truth}")
    found = videos_in(truth) if names is None else names
    if not found:
        raise BadInput(f"there is no clip to compare with: {truth} should hold one NAME.mp4 a clip")
    return expected_of({name: truth / f"{name}.mp4" for name in found})


def _chosen(expected: dict[str, Expected], names: list[str], source: Path) -> dict[str, Expected]:
    unknown = [name for name in names if name not in expected]
    if unknown:
        raise BadInput(
            f"{source.name} says nothing of {', '.join(unknown)}: add them, or give another subset"
        )
    return {name: expected[name] for name in names}


def _submission(path: Path, expected: dict[str, Expected], mode: str) -> Report:
    try:
        return check_submission(path, expected, mode)
    except Refused as error:  # no zip at all
        report = Report("submission")
        for fault in error.faults:
            report.fault("", fault)
        return report


def _tell(path: Path, report: Report) -> None:
    for finding in report.faults:
        click.echo(f"fault: {finding}")
    for finding in report.warnings:
        click.echo(f"warning: {finding}")
    verdict = "good" if report.good else f"{len(report.faults)} faults"
    click.echo(f"{report.kind} {path}: {report.checked} files looked at, {verdict}")
