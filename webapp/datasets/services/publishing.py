"""A claimed release becomes two archives. Only workers import this file."""

from collections import Counter
from pathlib import Path
from typing import Any

from collector import blobs, work
from collector.attempts import PacedProgress, attempt
from processing import release as archives
from processing.errors import BadInput
from processing.layouts import LAYOUTS
from processing.video import probe
from webapp.datasets import selectors
from webapp.datasets.models import Release, ReleaseItem


def release_make(release_id: int) -> None:
    """Write a waiting release; nothing happens when it is done, cancelled, or in somebody's hands.

    What it holds was fixed when it was asked for, so writing it again gives the same archives.
    """
    release = work.claim(Release, release_id)
    if release is None:
        return
    with attempt(release) as trying:
        items = list(release.items.select_related("build__rendition__stimulus").order_by("name"))
        _refuse_unsound(items)
        public, private = trying.folder / "public", trying.folder / "private"
        summary = archives.write_release(
            out_public=public,
            out_private=private,
            items=_fetched(items, trying.folder / "items"),
            recipe=dict(release.recipe.document),
            title=release.title,
            description=release.description,
            simulated=release.simulated,
            provenance=_provenance(release, items),
            collection=_collection(release),
            version=str(release.number),
            progress=PacedProgress(release),
            layout=LAYOUTS[release.layout],
        )
        packed = {
            side: blobs.store("releases", archives.pack(folder, trying.folder / f"{side}.zip"))
            for side, folder in (("public", public), ("private", private))
        }
        work.complete(
            release,
            public_sha256=packed["public"].sha256,
            public_bytes=packed["public"].bytes,
            private_sha256=packed["private"].sha256,
            private_bytes=packed["private"].bytes,
            summary=summary.document(),
        )


def _refuse_unsound(items: list[ReleaseItem]) -> None:
    unsound = selectors.unsound_builds([item.build for item in items])
    names = [item.name for item in items if item.build_id in unsound]
    if names:
        raise BadInput(
            f"observers of {', '.join(names)} withdrew after this release was asked for: "
            "ask for new builds, then for a new release"
        )


def _fetched(items: list[ReleaseItem], folder: Path) -> list[archives.ReleaseItem]:
    """The files of every item, copied to scratch under their names."""
    folder.mkdir()
    fetched = []
    for item in items:
        build, own = item.build, folder / item.name
        own.mkdir()
        alias, clip = (
            ("products", build.clip_sha256) if build.clip_sha256 else ("media", build.rendition.sha256)
        )
        video = blobs.fetch(alias, clip, own / "video.mp4")
        fetched.append(
            archives.ReleaseItem(
                name=item.name,
                part=item.part,
                video=video,
                saliency=blobs.fetch("products", build.saliency_sha256, own / "saliency.mp4"),
                fixations=blobs.fetch("products", build.fixations_sha256, own / "fixations.json"),
                facts=probe(video),
                info=_info(item),
            )
        )
    return fetched


def _info(item: ReleaseItem) -> dict[str, Any]:
    """What VideoInfo.json says of a clip besides its facts."""
    stimulus = item.build.rendition.stimulus
    return {
        "title": stimulus.title,
        "licence": stimulus.licence,
        "attribution": stimulus.attribution,
        "source_url": stimulus.source_url,
        "synthetic": stimulus.synthetic,
        "observers": item.build.observers_used,
        "sigma_px": item.build.report["sigma_px"],
        "preparation": item.build.rendition.settings,
    }


def _collection(release: Release) -> str:
    """A paragraph on how the tracks came about, from the study's newest version."""
    version = release.study.version
    if version is None:
        return ""
    seen = version.document.foveation.in_words()
    return (
        "Observers watched each clip once in a browser, with sound. The picture was blurred (Gaussian, sigma "
        f"{seen['blur_sigma']}) but for a clear window with a soft edge at the cursor (radius "
        f"{seen['window_radius']}); every pointer event was recorded with its own time."
    )


def _provenance(release: Release, items: list[ReleaseItem]) -> dict[str, Any]:
    """Which rows and files the release was made from; no dates, so that the same contents give the same bytes."""
    return {
        "study": release.study.slug,
        "study_versions": [
            {"number": version.number, "sha256": version.document_sha256}
            for version in release.study.versions.order_by("number")
        ],
        "release": release.number,
        "simulated": release.simulated,
        "recipe_fingerprint": release.recipe.fingerprint,
        "split": {"seed": release.split.seed, "shares": release.split.shares, "report": release.split.report},
        "clips": {
            item.name: {
                "rendition_sha256": item.build.rendition.sha256,
                "tracks_digest": item.build.tracks_digest,
                "report": _report(item.build.report),
            }
            for item in items
        },
    }


def _report(report: dict[str, Any]) -> dict[str, Any]:
    """A build's report for strangers: observers are counted, never named.

    Its warnings name them too, and say nothing that does not stand elsewhere in it.
    """
    reasons = Counter(
        left_out["reason"].replace(left_out["observer"], "X") for left_out in report["observers_dropped"]
    )
    return {key: value for key, value in report.items() if key not in ("timings_s", "warnings")} | {
        "observers_dropped": [
            {"reason": reason, "observers": count} for reason, count in sorted(reasons.items())
        ],
        "observers_without_points": len(report["observers_without_points"]),
    }
