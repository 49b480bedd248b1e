"""Sorting and paging by the address, and cells that a spreadsheet may open."""

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from webapp.pages.spreadsheet import csv_response, harmless
from webapp.pages.tables import table
from webapp.pages.templatetags.pages import duration, percent

COLUMNS = {"value": lambda row: row, "minus": lambda row: -row}


def asked(query=""):
    return RequestFactory().get(f"/{query}")


def test_rows_are_sorted_by_the_default_and_cut():
    listed = table(asked(), [3, 1, 2], columns=COLUMNS, default="value", per_page=2)
    assert list(listed.page) == [1, 2]
    assert listed.total == 3
    assert not listed.named


def test_the_address_names_order_and_page():
    listed = table(asked("?sort=-value&page=2"), [3, 1, 2], columns=COLUMNS, default="value", per_page=2)
    assert list(listed.page) == [1]
    assert listed.named
    assert listed.aria_sort("value") == "descending"


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_address_gives_some_page(sort, page):
    request = RequestFactory().get("/", {"sort": sort, "page": page})
    assert list(table(request, [1, 2, 3], columns=COLUMNS, default="value", per_page=2).page)


def test_two_tables_of_a_page_do_not_move_each_other():
    request = asked("?a_page=2&a_sort=-value&b_page=2")
    first = table(request, [1, 2, 3], columns=COLUMNS, default="value", per_page=1, prefix="a")
    assert list(first.page) == [2]
    assert first.sort_link("value") == "?b_page=2&a_sort=value"


def test_sorting_again_turns_the_order_round_and_begins_on_the_first_page():
    listed = table(asked("?sort=value&page=2"), [1, 2, 3], columns=COLUMNS, default="value", per_page=2)
    assert listed.sort_link("value") == "?sort=-value"
    assert listed.sort_link("minus") == "?sort=minus"


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(formula):
    assert harmless(formula) == f"'{formula}"


def test_numbers_stay_numbers():
    text = csv_response("t.csv", ["name", "score"], [["=evil", -1.5], ["good", 2]]).content.decode()
    assert text.splitlines() == ["name,score", "'=evil,-1.5", "good,2"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (4.21, "4.2 s"),
        (59.4, "59 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_durations_are_said_as_people_do(seconds, text):
    assert duration(seconds) == text


@given(st.floats(0, 1))
def test_all_of_it_is_said_only_when_nothing_is_missing(share):
    assert (percent(share) == "100 %") == (share == 1)
