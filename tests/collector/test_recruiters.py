import pytest

from collector import recruiters
from collector.recruiters import Entry


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, Entry("link", "")),
        ({"utm": "x", "PROLIFIC_PID": " "}, Entry("link", "")),
        ({"PROLIFIC_PID": "abc", "STUDY_ID": "s"}, Entry("prolific", "abc")),
        ({"workerId": "W1", "assignmentId": "A1"}, Entry("mturk", "W1")),
        ({"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}, Entry("link", "")),
        ({"workerId": "W1", "assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}, Entry("link", "")),
    ],
)
def test_the_panel_is_known_by_its_parameters(parameters, expected):
    assert recruiters.read_entry(parameters) == expected


def test_a_very_long_id_is_cut():
    assert len(recruiters.read_entry({"PROLIFIC_PID": "x" * 10_000}).panel_id) == 128


def test_the_same_person_has_another_hash_in_another_study_and_none_for_an_open_link():
    entry = Entry("prolific", "abc")
    assert recruiters.panel_hash(entry, "a") == recruiters.panel_hash(entry, "a")
    assert recruiters.panel_hash(entry, "a") != recruiters.panel_hash(entry, "b")
    assert recruiters.panel_hash(Entry("link", ""), "a") == ""


def test_the_way_back_is_built_by_the_server():
    assert recruiters.completion_url("prolific", "", "A B").endswith("complete?cc=A%20B")
    assert recruiters.completion_url("link", "", "AB") == ""
    assert (
        recruiters.completion_url("link", "https://lab.example/?c={code}", "AB")
        == "https://lab.example/?c=AB"
    )
