"""What a demonstration leaves in a folder for looking at: overlay pictures, the release unpacked."""

import shutil
from pathlib import Path

from collector import blobs
from processing.overlay import contact_sheet
from processing.release import unpack
from webapp.plans.models import Plan


def write_overlays(plan: Plan, folder: Path) -> int:
    """Write a contact sheet for every build of the plan into `folder`; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    builds = list(plan.builds.select_related("rendition__stimulus"))
    for build in builds:
        with blobs.scratch() as scratch:
            video = blobs.fetch("media", build.rendition.sha256, scratch / "clip.mp4")
            saliency = blobs.fetch("products", build.saliency_sha256, scratch / "saliency.mp4")
            fixations = blobs.fetch("products", build.fixations_sha256, scratch / "fixations.json")
            contact_sheet(video, saliency, fixations, folder / f"{build.rendition.stimulus.name}.png")
    return len(builds)


def unpack_release(plan: Plan, folder: Path) -> None:
    """Unpack the plan's public release into `folder`, which takes the place of an older one."""
    release = plan.release
    assert release is not None
    with blobs.scratch() as scratch:
        archive = blobs.fetch("releases", release.public_sha256, scratch / "release.zip")
        shutil.rmtree(folder, ignore_errors=True)
        unpack(archive, folder)
