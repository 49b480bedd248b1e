import pytest

from processing.errors import BadInput
from processing.layouts import check_names, name_faults


def test_good_names_pass():
    check_names(["clip_1", "clip-2", "b.2", "0001"])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["with blank"], "cannot be a clip's name"),
        (["../up"], "cannot be a clip's name"),
        ([".hidden"], "cannot be a clip's name"),
        (["a.mp4"], "cannot be a clip's name"),
        (["ünsafe"], "cannot be a clip's name"),
        (["a" * 121], "cannot be a clip's name"),
        ([""], "cannot be a clip's name"),
        (["clip", "zebra", "clip_2"], "'clip' begins the name 'clip_2'"),
        (["a-1", "a", "a_1", "b"], "'a' begins the name 'a-1'"),
        (["Clip", "clip"], "two clips are named"),
    ],
)
def test_names_that_would_mislead_somebody_are_refused(names, message):
    with pytest.raises(BadInput, match=message):
        check_names(names)


def test_every_fault_of_names_is_told():
    found = list(name_faults(["a b", "clip", "clip_2", "Zebra", "zebra"]))
    assert len(found) == 3
    for fault, told in zip(
        found, ("'a b' cannot be", "'clip' begins", "two clips are named 'zebra'"), strict=True
    ):
        assert told in fault
