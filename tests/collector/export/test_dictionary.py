import csv
import json
from pathlib import Path

import pytest

from collector.export.dictionary import TABLES, as_markdown, write_dictionary

DOCS = Path(__file__).parents[3] / "docs" / "data-dictionary.md"


@pytest.mark.parametrize("table", TABLES)
def test_the_docs_describe_every_column_in_the_same_words(table):
    section = DOCS.read_text().split(f"\n### `{table}`\n")[1].split("\n#")[0]
    assert [line for line in section.splitlines() if line.startswith("| `")] == as_markdown(table)


def test_both_files_describe_every_column(tmp_path):
    write_dictionary(tmp_path)
    described = json.loads((tmp_path / "dictionary.json").read_text())["columns"]
    assert [(row["table"], row["column"]) for row in described] == [
        (table, field.name) for table, fields in TABLES.items() for field in fields
    ]
    with (tmp_path / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == described


def test_every_column_has_a_meaning_and_no_name_twice():
    for fields in TABLES.values():
        assert all(field.meaning for field in fields)
        assert len({field.name for field in fields}) == len(fields)
