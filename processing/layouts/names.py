"""The parts of a dataset, and the names that clips may have in it."""

import itertools
import re
from collections.abc import Iterator, Sequence

from processing.errors import BadInput

TRAIN, PUBLIC_TEST, PRIVATE_TEST = PARTS = ("train", "public_test", "private_test")

# Plain on every file system, in every shell and in an unquoted glob: the published scorer splits its command
# lines at blanks.
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,119}")


def side_of(part: str) -> str:
    """Train or Test, the two halves that all layouts have. Raises BadInput for an unknown part."""
    if part not in PARTS:
        raise BadInput(f"{part!r} is not a part of a dataset: the parts are {', '.join(PARTS)}")
    return "Train" if part == TRAIN else "Test"


def check_names(names: Sequence[str]) -> None:
    """Raise BadInput for the first of `name_faults`."""
    for fault in name_faults(names):
        raise BadInput(fault)


def name_faults(names: Sequence[str]) -> Iterator[str]:
    """What the layout or the published scorer would stumble over in the names of clips, a line each.

    The scorer finds a clip by the glob ``NAME*``: of two names, none may begin with the other. Names that
    differ only in case would be one file on some systems.
    """
    for name in names:
        if not _SAFE_NAME.fullmatch(name) or name.endswith(".mp4"):
            yield (
                f"{name!r} cannot be a clip's name in a release: use up to 120 letters, digits, '_', '-' and "
                "'.', a letter or digit first, and no .mp4 at the end"
            )
    # Sorted, a name that begins others stands right before one of them.
    for first, second in itertools.pairwise(sorted(name.casefold() for name in names)):
        if first == second:
            yield f"two clips are named {first!r} (capitals do not tell names apart): rename one"
        elif second.startswith(first):
            yield (
                f"the name {first!r} begins the name {second!r}, and the published scorer would mix them up: "
                "rename one"
            )
