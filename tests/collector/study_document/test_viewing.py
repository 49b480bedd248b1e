import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.study_document import Foveation, StudyDocument, assumed_px_per_deg
from processing.errors import BadInput

SIZES = ("blur_sigma", "window_radius", "edge")


def foveation(**settings) -> Foveation:
    return StudyDocument.from_mapping({"title": "x", "foveation": settings}).foveation


@pytest.mark.parametrize("size", SIZES)
def test_a_size_in_degrees_takes_the_place_of_its_share(size):
    seen = foveation(**{f"{size}_deg": 1.5})
    assert getattr(seen, f"{size}_share") is None
    assert seen.in_words()[size] == "1.5° of visual angle"


@pytest.mark.parametrize("size", SIZES)
def test_a_size_in_both_units_is_refused(size):
    with pytest.raises(BadInput, match=f"{size}_share or {size}_deg"):
        foveation(**{f"{size}_deg": 1.5, f"{size}_share": 0.1})


@given(
    st.fixed_dictionaries({}, optional={f"{size}_deg": st.floats(0.1, 60) for size in SIZES}),
    st.booleans(),
)
def test_a_frozen_document_is_read_back_as_it_was(degrees, grows):
    document = StudyDocument(title="x", foveation=Foveation(**degrees, blur_grows=grows))
    assert StudyDocument.from_mapping(document.canonical()) == document


@given(st.floats(20, 200))
def test_a_degree_on_an_assumed_screen_is_as_wide_as_trigonometry_says(distance_cm):
    width_cm = assumed_px_per_deg(distance_cm) * 2.54 / 96
    assert math.degrees(2 * math.atan2(width_cm / 2, distance_cm)) == pytest.approx(1)


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf, 61])
def test_no_angle_that_no_screen_has(bad):
    with pytest.raises(BadInput, match="blur_sigma_deg"):
        foveation(blur_sigma_deg=bad)
