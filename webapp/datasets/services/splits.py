"""Clips are divided into parts."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction

from collector.models import Study
from processing import splits
from processing.errors import BadInput
from processing.layouts import PARTS
from webapp.datasets.models import Build, Split


def split_make(
    *,
    study: Study,
    builds: Sequence[Build],
    seed: int,
    shares: Mapping[str, str] | None = None,
) -> Split:
    """Divide the clips of finished builds by content; clips with the same source address stay in one part.

    The same clips, seed and shares give the same row. Raises BadInput for fewer clips than parts, shares that do not
    add up to 1, and clips whose content was not measured.
    """
    fractions = _fractions(shares) if shares else dict(splits.AIM24_SHARES)
    contents = {build.rendition.stimulus.name: build.rendition.content.features for build in builds}
    names = sorted(contents)
    keys = _feature_order(contents)
    table = [[contents[name][key] for key in keys] for name in names]
    source = {build.rendition.stimulus.name: build.rendition.stimulus.source_url for build in builds}
    groups = [source[name] or f"only {name}" for name in names]
    document = splits.stratified_split(names, table or [[]], fractions, seed=seed, groups=groups)
    texts = {part: str(share) for part, share in fractions.items()}
    split, _ = Split.objects.get_or_create(
        study=study,
        fingerprint=_fingerprint({"seed": seed, "shares": texts, "document": document}),
        defaults={
            "seed": seed,
            "shares": texts,
            "document": document,
            "report": splits.split_report(document, names, table, keys),
        },
    )
    return split


def _feature_order(contents: Mapping[str, Mapping[str, float]]) -> list[str]:
    # Clips are halved by one feature after another: SI and TI, by which the field chooses clips, come first.
    common = set.intersection(*(set(features) for features in contents.values())) if contents else set()
    return sorted(common, key=lambda name: (name not in ("si", "ti"), name))


def _fractions(shares: Mapping[str, str]) -> dict[str, Fraction]:
    # In the order of PARTS, which decides between equal remainders: the database keeps no order of keys.
    remedy = f'shares are fractions in quotes, one for each of {", ".join(PARTS)}, such as "2/3"'
    if not isinstance(shares, Mapping) or set(shares) != set(PARTS):
        raise BadInput(remedy)
    try:
        return {part: Fraction(shares[part]) for part in PARTS}
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise BadInput(remedy) from error


def _fingerprint(document: Mapping[str, object]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
