"""Fixations, fingerprints and splits as they have always been, on every machine and by every version.

golden/tracks.csv holds six made-up hands over a clip of 60 frames; golden/expected.json what came of them when
they were first built. A change that moves any of these numbers makes other data sets of the same recordings:
it needs a new recipe key, whose default leaves all of this alone.
"""

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import pytest

from processing import provenance
from processing.pipeline import process_stimulus
from processing.recipe import Recipe
from processing.splits import stratified_split
from processing.tracks.csv_file import read_csv
from processing.video import VideoFacts

GOLDEN = Path(__file__).with_name("golden")
EXPECTED = json.loads((GOLDEN / "expected.json").read_text("utf-8"))
FACTS = VideoFacts(320, 180, Fraction(30000, 1001), 60, "h264", False, True, 60 * 1001 / 30000)


@pytest.mark.parametrize("name", EXPECTED["builds"])
def test_fixations_and_fingerprints_stay_what_they_were(name, tmp_path):
    expected = EXPECTED["builds"][name]
    recipe = Recipe.from_mapping(expected["recipe"])
    tracks, _ = read_csv(GOLDEN / "tracks.csv")
    report = process_stimulus(facts=FACTS, tracks=tracks, recipe=recipe, out_dir=tmp_path)
    fixations = (tmp_path / "fixations.json").read_bytes()
    assert recipe.fingerprint() == expected["recipe_fingerprint"]
    assert (report.points, report.frames) == (expected["points"], expected["frames"])
    assert hashlib.sha256(fixations).hexdigest() == expected["fixations_sha256"]


def test_digests_of_tracks_stay_what_they_were():
    tracks, _ = read_csv(GOLDEN / "tracks.csv")
    assert provenance.tracks_digest(map(provenance.track_digest, tracks)) == EXPECTED["tracks_digest"]


def test_splits_stay_what_they_were():
    names = [f"clip{number:02d}" for number in range(30)]
    features = [[(7 * number) % 30, (11 * number) % 30, (number * number) % 31] for number in range(30)]
    assert stratified_split(names, features, seed=20) == EXPECTED["split"]
