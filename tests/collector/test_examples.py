"""The messages in `examples/`, which `js/examples.test.mjs` reads as well: both sides mean the same by them."""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from collector import protocol, recruiters
from collector.api.checks import CheckResult
from collector.api.trials import Finish
from collector.protocol import Chunk, read_chunk
from collector.study_document import Interruptions
from processing.errors import BadInput

FOLDER = Path(__file__).parent / "examples"
MODELS = {"finish": Finish, "checks": CheckResult}


def examples(name, kind):
    file = json.loads((FOLDER / f"{name}.json").read_text())
    return [pytest.param(one, id=one.get("name") or one["says"]) for one in file[kind]]


@pytest.mark.parametrize("example", examples("chunk", "valid"))
def test_a_valid_chunk_is_read_as_it_stands(example):
    read = read_chunk(json.dumps(example["message"]).encode())
    assert read.model_dump(mode="json") == example["message"]


@pytest.mark.parametrize("example", examples("chunk", "invalid"))
def test_an_invalid_chunk_is_refused_by_what_is_wrong_with_it(example):
    with pytest.raises(BadInput, match=example["says"]):
        read_chunk(json.dumps(example["message"]).encode())


@pytest.mark.parametrize("name", MODELS)
def test_valid_messages_are_taken_and_invalid_ones_refused_by_what_is_wrong(name):
    for example in json.loads((FOLDER / f"{name}.json").read_text())["valid"]:
        MODELS[name].model_validate(example["message"])
    for example in json.loads((FOLDER / f"{name}.json").read_text())["invalid"]:
        with pytest.raises(ValidationError) as refused:
            MODELS[name].model_validate(example["message"])
        places = {".".join(map(str, error["loc"])) for error in refused.value.errors()}
        assert example["says"] in places


def test_the_words_of_the_wire_are_the_ones_that_the_player_is_tested_with():
    words = json.loads((FOLDER / "vocabulary.json").read_text())
    tables = {
        name: field.annotation for name, field in Chunk.model_fields.items() if name in words["columns"]
    }
    assert words["columns"] == {name: list(table.model_fields) for name, table in tables.items()}
    assert words["sample_kinds"] == {
        "MOVE": protocol.MOVE,
        "REST": protocol.REST,
        "START": protocol.START,
    }
    assert words["event_kinds"] == sorted(protocol.EVENT_KINDS)
    assert words["interruptions"] == Interruptions().model_dump()
    assert words["protocol"] == protocol.PROTOCOL_VERSION


def test_the_wire_format_page_names_every_field_and_every_event():
    page = (Path(__file__).parents[2] / "docs" / "wire-format.md").read_text()
    named = {name.rpartition(".")[2] for name in re.findall(r"`([a-z0-9_.]+)`", page)}
    tables = (protocol.Samples, protocol.Marks, protocol.Viewports, protocol.Events, protocol.TrialSummary)
    fields = {name for table in tables for name in table.model_fields}
    assert fields | set(protocol.EVENT_KINDS) | set(recruiters.EXIT_REASONS) <= named
