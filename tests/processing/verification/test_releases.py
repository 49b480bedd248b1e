import json

import pytest

from processing.errors import BadInput
from processing.layouts import CROWDSAL, LAYOUTS
from processing.verification.releases import compare_releases, verify_release
from processing.verification.verdict import Held
from tests.processing.verification.conftest import nudge

MAP = "SaliencyTrain/Train/jump.mp4"


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_release_is_what_it_says_and_what_it_was_before(release, layout):
    once, again = release("one", layout), release("two", layout)
    assert verify_release(once, 0).held is Held.BYTES
    assert compare_releases(once, again, 0).held is Held.BYTES


def test_releases_in_two_layouts_are_compared_clip_by_clip(release):
    assert compare_releases(release("one"), release("two", CROWDSAL), 0).held is Held.BYTES


def test_a_release_that_does_not_say_how_it_was_made_cannot_be_verified(release):
    folder = release()
    (folder / "recipe.json").unlink()
    with pytest.raises(BadInput, match="cursal validate"):
        verify_release(folder, 8)


def test_maps_that_differ_a_little_are_told_from_what_is_lost(release):
    once, again = release("one"), release("two")
    nudge(again / MAP, 1)
    verdict = compare_releases(once, again, 8)
    assert (verdict.held, verdict.maps.levels) == (Held.FIXATIONS, 1)
    assert verify_release(again, 8).faults == (f"{MAP} has other bytes than SHA256SUMS says",)


def test_files_that_come_and_go_are_named(release):
    folder = release()
    (folder / "README.md").unlink()
    (folder / "extra.txt").write_text("x")
    assert set(verify_release(folder, 8).faults) == {
        "README.md is missing",
        "extra.txt is not listed in SHA256SUMS",
    }
    (folder / "SHA256SUMS").unlink()
    assert verify_release(folder, 8).faults == ("there is no SHA256SUMS",)


@pytest.mark.parametrize(
    ("file", "change", "complaint"),
    [
        ("TrainTestSplit.json", lambda split: {**split, "train": [], "public_test": ["jump"]}, "splits"),
        ("recipe.json", lambda recipe: {**recipe, "lag_ms": 200}, "fingerprints"),
        (
            "FixationsTrain/Train/jump/fixations.json",
            lambda points: [[[0, 0]], *points[1:]],
            "jump: the fixations",
        ),
    ],
)
def test_what_differs_between_releases_is_named(release, file, change, complaint):
    once, again = release("one"), release("two")
    path = again / file
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    verdict = compare_releases(once, again, 8)
    assert verdict.held is Held.NEITHER
    assert any(complaint in fault for fault in verdict.faults)


@pytest.mark.parametrize(
    ("spoiled", "complaint"),
    [
        ("FixationsTrain/Train/jump/fixations.json", "jump: fixations.json cannot be read as JSON"),
        (MAP, "jump: jump.mp4: "),
    ],
)
def test_what_is_wrong_with_one_clip_is_its_fault_and_the_rest_goes_on(release, spoiled, complaint):
    folder = release()
    (folder / spoiled).write_bytes(b"\xff")
    faults = verify_release(folder, 8).faults
    assert any(fault.startswith(complaint) for fault in faults)
    assert f"{spoiled} has other bytes than SHA256SUMS says" in faults


def test_checksums_that_are_no_text_are_held_against_all_the_same(release):
    folder = release()
    (folder / "SHA256SUMS").write_bytes(b"\xff\xfe")
    assert "README.md is not listed in SHA256SUMS" in verify_release(folder, 8).faults


def test_fixations_that_one_release_lacks_are_a_fault_of_that_clip(release):
    once, again = release("one"), release("two")
    (again / "FixationsTrain/Train/jump/fixations.json").unlink()
    (fault,) = compare_releases(once, again, 8).faults
    assert fault.startswith(
        "jump: the fixations FixationsTrain/Train/jump/fixations.json is not in this folder"
    )


def test_maps_of_unequal_length_are_a_fault_of_that_clip(release, make_clip):
    once, again = release("one"), release("two")
    (again / MAP).write_bytes(make_clip("other.mp4", frames=5).read_bytes())
    assert any("jump:" in fault for fault in compare_releases(once, again, 8).faults)
    assert any("5 frames, the fixations 12" in fault for fault in verify_release(again, 8).faults)
