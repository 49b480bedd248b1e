import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from processing.errors import BadInput
from processing.recipe import Recipe

DEFAULTS = {
    "rate_hz": 100,
    "lag_ms": 300,
    "sigma_share": 0.03,
    "tail": "none",
    "empty_frames": "nearest",
    "crop_start_ms": 0,
    "fixations": "all",
    "encoding": "near-lossless",
}


def test_the_default_is_the_published_method():
    assert Recipe().document() == DEFAULTS


@pytest.mark.parametrize(
    ("width", "height", "sigma_px"), [(1920, 1080, 57.6), (1080, 1920, 57.6), (404, 720, 21.6)]
)
def test_sigma_follows_the_longer_side(width, height, sigma_px):
    assert Recipe().sigma_for(width, height) == sigma_px


def test_sigma_may_be_given_in_pixels_or_degrees():
    assert Recipe.from_mapping({"sigma_px": 40}).sigma_for(1920, 1080) == 40
    in_degrees = Recipe.from_mapping({"sigma_deg": 1.1, "px_per_deg": 30})
    assert in_degrees.sigma_for(1920, 1080) == 33
    assert "sigma_share" not in in_degrees.document()


def test_degrees_without_their_scale_are_refused_where_sigma_is_needed():
    with pytest.raises(BadInput, match="px_per_deg"):
        Recipe.from_mapping({"sigma_deg": 1}).sigma_for(1920, 1080)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({"sigma": 3}, 'unknown key "sigma"'),
        ({"sigma_px": 3, "sigma_share": 0.03}, "sigma_share and sigma_px"),
        ({"sigma_px": 3, "sigma_deg": 1, "px_per_deg": 3}, "exactly one"),
        ({"sigma_px": 0}, "sigma_px"),
        ({"sigma_px": float("nan")}, "sigma_px"),
        ({"sigma_px": float("inf")}, "sigma_px"),
        ({"rate_hz": 100.0}, "rate_hz"),
        ({"rate_hz": True}, "rate_hz"),
        ({"rate_hz": 0}, "rate_hz"),
        ({"lag_ms": "300"}, "lag_ms"),
        ({"lag_ms": 0.3}, "lag_ms"),
        ({"crop_start_ms": -1}, "crop_start_ms"),
        ({"tail": "cut"}, "tail"),
        ({"empty_frames": "skip"}, "empty_frames"),
        ({"fixations": "i-vt"}, "fixations"),
        ({"encoding": "lossless"}, "encoding"),
        ({"table": {"rate_hz": 100}}, "table"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(document, complaint):
    with pytest.raises(BadInput, match=complaint) as refusal:
        Recipe.from_mapping(document)
    assert "\n" not in str(refusal.value)


def test_a_file_is_flat_toml(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text('sigma_px = 40\nrate_hz = 250\ntail = "hold"\n')
    recipe = Recipe.from_toml(path)
    assert (recipe.sigma_px, recipe.rate_hz, recipe.tail) == (40.0, 250, "hold")


@pytest.mark.parametrize("content", [b"rate_hz = ", b"[recipe]\nrate_hz = 100", b"\xff\xfe", b"speed = 1"])
def test_a_bad_file_is_named_in_the_message(tmp_path, content):
    path = tmp_path / "recipe.toml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"recipe\.toml"):
        Recipe.from_toml(path)
    with pytest.raises(BadInput, match=r"absent\.toml"):
        Recipe.from_toml(tmp_path / "absent.toml")


def test_it_cannot_be_changed():
    with pytest.raises(ValidationError):
        Recipe().rate_hz = 60


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "rate_hz": st.integers(1, 10_000),
            "lag_ms": st.integers(0, 1000),
            "sigma_px": st.floats(0.1, 1000),
            "tail": st.sampled_from(["none", "hold", "trim"]),
            "crop_start_ms": st.integers(0, 5000),
            "encoding": st.sampled_from(["near-lossless", "exact"]),
        },
    )
)
def test_the_document_makes_the_same_recipe_again_through_json(document):
    recipe = Recipe.from_mapping(document)
    again = Recipe.from_mapping(json.loads(json.dumps(recipe.document())))
    assert again == recipe
    assert again.fingerprint() == recipe.fingerprint()


def test_the_fingerprint_knows_values_and_not_how_they_were_written():
    assert Recipe().fingerprint() == Recipe.from_mapping(dict(reversed(DEFAULTS.items()))).fingerprint()
    assert (
        Recipe.from_mapping({"sigma_px": 40}).fingerprint()
        == Recipe.from_mapping({"sigma_px": 40.0}).fingerprint()
    )
    assert Recipe().fingerprint() != Recipe(lag_ms=299).fingerprint()
    assert len(Recipe().fingerprint()) == 64


def test_keys_that_are_not_given_leave_the_fingerprint_alone():
    # The digest of the defaults as they were before fixations had kinds: old products keep their names.
    assert Recipe().fingerprint() == "6d497818eb204438b3665695c43ad8c59111f049057dfe01e0c15da7c38e90d6"
    assert Recipe.from_mapping({"transit_speed_px_s": 900.0}).fingerprint() != Recipe().fingerprint()


@pytest.mark.parametrize(
    ("kind", "filled_in"),
    [
        ("ivt", {"ivt_speed_share_s": 0.9, "fixation_min_ms": 100}),
        ("idt", {"idt_dispersion_share": 0.03, "fixation_min_ms": 100}),
    ],
)
def test_a_kind_of_fixation_brings_its_usual_thresholds(kind, filled_in):
    assert filled_in.items() <= Recipe.from_mapping({"fixations": kind}).document().items()


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (
            {"fixations": "ivt", "ivt_speed_px_s": 9.0, "ivt_speed_deg_s": 9.0},
            "exactly one of ivt_speed_share_s",
        ),
        (
            {"fixations": "ivt", "idt_dispersion_px": 9.0},
            'idt_dispersion_px means nothing with fixations = "ivt"',
        ),
        ({"ivt_speed_px_s": 9.0}, "ivt_speed_px_s means nothing"),
        ({"fixation_min_ms": 100}, "fixation_min_ms means nothing"),
        ({"transit_speed_px_s": 0.0}, "transit_speed_px_s"),
    ],
)
def test_thresholds_that_contradict_or_change_nothing_are_refused(document, complaint):
    with pytest.raises(BadInput, match=complaint):
        Recipe.from_mapping(document)
