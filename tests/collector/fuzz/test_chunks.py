"""Whatever comes in as a chunk is either a chunk or refused in one line; there is no third way."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.protocol import read_chunk, write_chunk
from processing.errors import BadInput
from tests.collector.fuzz.budget import budget
from tests.collector.fuzz.chunks import chunks, spoilt, text

TESTS = 4
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@budget("chunks", over=TESTS)
@given(chunks())
def test_what_a_page_may_send_is_read_as_it_was_written(chunk):
    read = read_chunk(text(chunk))
    assert json.loads(write_chunk(read)).items() >= chunk.items()


@budget("chunks", over=TESTS)
@given(spoilt())
def test_one_broken_rule_is_enough_to_be_refused(body):
    with pytest.raises(BadInput) as refused:
        read_chunk(body)
    assert "\n" not in str(refused.value)


@budget("chunks", over=TESTS)
@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_noise_is_refused_in_one_line(body):
    with pytest.raises(BadInput) as refused:
        read_chunk(body)
    assert "\n" not in str(refused.value)


@budget("chunks", over=TESTS)
@given(chunks(), st.data())
def test_a_flipped_byte_never_does_worse_than_be_refused(chunk, data):
    body = bytearray(text(chunk))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadInput):
        read = read_chunk(bytes(body))
        assert read_chunk(write_chunk(read)) == read
