"""The rows that benchmarks report: what their targets are held against, what is stored, what is printed."""

import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.table import Row, show, this_machine, write

figures = st.floats(-1e9, 1e9)


@given(value=figures, target=figures)
def test_a_target_is_held_against_the_value_where_nothing_else_is_named(value, target):
    assert Row("x", value, "ms", target=target, better="higher").met is (value >= target)
    assert Row("x", value, "ms", target=target, better="lower").met is (value <= target)


@given(value=figures, ratio=figures, target=figures)
def test_a_target_is_held_against_the_ratio_where_something_is_named(value, ratio, target):
    row = Row("x", value, "ms", against="codec alone", ratio=ratio, target=target, better="lower")
    assert row.met is (ratio <= target)


@given(value=figures)
def test_without_a_target_nothing_is_met_or_missed(value):
    assert Row("x", value, "ms").met is None


def test_what_cannot_be_measured_here_is_neither_met_nor_missed():
    assert Row("x", None, "ms", target=1).met is None
    assert Row("x", None, "ms", against="codec alone", target=1).met is None


def test_a_ratio_and_what_it_is_against_come_together():
    with pytest.raises(ValueError, match="name of what"):
        Row("x", 1, "ms", ratio=2)
    with pytest.raises(ValueError, match="no ratio"):
        Row("x", 1, "ms", against="codec alone")


@pytest.mark.parametrize("odd", [math.nan, math.inf])
def test_what_is_no_figure_is_not_reported(odd):
    with pytest.raises(ValueError, match="no figure"):
        Row("x", odd, "ms")


def test_the_stored_file_has_exactly_the_stated_keys(tmp_path):
    rows = [Row("a", 1.5, "ms", target=2, better="lower"), Row("b", 3, "1/s", against="bare", ratio=0.5)]
    path = tmp_path / "var" / "bench.json"
    write(path, machine={"cores": 2}, inputs={"seconds": 1}, rows=rows)
    stored = json.loads(path.read_text())
    assert stored["machine"] == {"cores": 2}
    assert stored["inputs"] == {"seconds": 1}
    keys = {"name", "value", "unit", "against", "ratio", "target", "better", "met"}
    assert all(set(row) == keys for row in stored["rows"])
    assert [row["met"] for row in stored["rows"]] == [True, None]
    assert [entry.name for entry in path.parent.iterdir()] == ["bench.json"]


def test_the_printed_table_tells_met_missed_and_unmeasurable_apart():
    page = io.StringIO()
    rows = [
        Row("quick", 1, "ms", target=2, better="lower"),
        Row("slow", 3, "ms", target=2, better="lower"),
        Row("unseen", None, "ms", target=2),
    ]
    show("Figures", rows, Console(file=page, width=120))
    lines = page.getvalue().splitlines()
    quick, slow, unseen = (
        next(line for line in lines if name in line) for name in ("quick", "slow", "unseen")
    )
    assert "yes" in quick
    assert "no " in slow
    assert "not measurable here" in unseen


def test_the_machine_is_described_by_what_figures_depend_on():
    assert this_machine()["cores"] >= 1
