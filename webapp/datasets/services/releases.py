"""Releases are asked for; `publishing.py` writes them."""

import hashlib
import json
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max

from collector.models import Study
from processing.errors import BadInput
from processing.layouts import check_names
from webapp.datasets import selectors
from webapp.datasets.models import Build, Recipe, Release, ReleaseItem, Split
from webapp.datasets.services.splits import split_make


@transaction.atomic
def release_request(
    *,
    study: Study,
    recipe: Recipe,
    split: Split | None = None,
    seed: int = 1,
    builds: Mapping[str, Build] | None = None,
    title: str = "",
    description: str = "",
    layout: str = Release.Layout.AIM24,
) -> Release:
    """Fix what the next release of a study holds, and ask for it to be written.

    Takes the current build of each clip unless `builds` (by name) are given, and makes a split with `seed` unless one
    is given. The same contents are one release: asking again gives it, tried again if it had failed.
    Raises BadInput when there is no build, a clip of the split has none, a build uses withdrawn or rejected tracks,
    a licence is missing, or a name would mislead the published scorer.
    """
    Study.objects.select_for_update().get(pk=study.pk)  # numbers are given one at a time
    chosen = dict(builds) if builds is not None else selectors.current_builds(study, recipe)
    if not chosen:
        raise BadInput(
            f"study {study.slug} has no finished build with the recipe {recipe.name}: ask for builds first"
        )
    split = split or split_make(study=study, builds=list(chosen.values()), seed=seed)
    items = _items(split, chosen)
    _refuse_unfit(items)
    digest = _contents_digest(items, split, recipe, layout)
    release = Release.objects.filter(study=study, contents_digest=digest).first()
    if release is not None:
        release.retry()
        return release
    last = Release.objects.filter(study=study).aggregate(last=Max("number"))["last"] or 0
    release = Release.objects.create(
        study=study,
        number=last + 1,
        layout=layout,
        recipe=recipe,
        split=split,
        title=title or study.title,
        description=description,
        simulated=study.simulated or any(build.simulated for build in items.values()),
        contents_digest=digest,
    )
    ReleaseItem.objects.bulk_create(
        ReleaseItem(release=release, build=build, name=name, part=split.part_of[name])
        for name, build in items.items()
    )
    return release


def _items(split: Split, builds: Mapping[str, Build]) -> dict[str, Build]:
    missing = sorted(set(split.part_of) - set(builds))
    if missing:
        raise BadInput(f"no finished build for {', '.join(missing)}: ask for builds, or make another split")
    return {name: builds[name] for name in sorted(split.part_of)}


def _refuse_unfit(items: Mapping[str, Build]) -> None:
    check_names(list(items))
    unlicensed = [name for name, build in items.items() if not build.rendition.stimulus.licence]
    if unlicensed:
        raise BadInput(f"no licence is given for {', '.join(unlicensed)}: write it at the stimulus first")
    unsound = selectors.unsound_builds(items.values())
    if unsound:
        names = [name for name, build in items.items() if build.pk in unsound]
        raise BadInput(
            f"builds of {', '.join(names)} use tracks that were withdrawn or rejected since: ask for new builds"
        )


def _contents_digest(items: Mapping[str, Build], split: Split, recipe: Recipe, layout: str) -> str:
    document = {
        "layout": layout,
        "recipe": recipe.fingerprint,
        "items": [[name, build.pk, split.part_of[name]] for name, build in sorted(items.items())],
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
