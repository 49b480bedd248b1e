"""Overlay pictures of a plan's builds, for looking at."""

from pathlib import Path

from collector import blobs
from processing.overlay import contact_sheet
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
