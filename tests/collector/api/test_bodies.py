import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.api.bodies import gunzip
from collector.errors import Refused
from collector.models import TrackChunk
from collector.protocol import MAX_BODY_BYTES, write_chunk
from processing.errors import BadInput
from tests.collector.world import chunks_of_a_steady_hand


def put(caller, trial, n, body, **headers):
    return caller.call("PUT", f"trials/{trial['id']}/chunks/{n}", trial["token"], body, **headers)


def put_packed(caller, trial, n, packed, encoding="gzip"):
    return put(caller, trial, n, packed, **{"Content-Encoding": encoding})


@given(st.binary(max_size=2000))
def test_what_was_packed_is_unpacked(body):
    assert gunzip(gzip.compress(body)) == body


@given(st.binary(min_size=1, max_size=400), st.data())
def test_what_is_cut_off_or_damaged_is_never_taken_for_whole(body, data):
    packed = gzip.compress(body)
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(BadInput):
        gunzip(packed[:cut])


def test_a_bomb_is_refused_before_it_goes_off():
    bomb = gzip.compress(b"0" * 200 * 2**20)
    with pytest.raises(Refused, match="at most") as refused:
        gunzip(bomb)
    assert refused.value.status == 413


def test_a_packed_part_is_the_same_part_as_its_plain_self(trial, caller):
    body = write_chunk(chunks_of_a_steady_hand(trial)[0])
    first = put_packed(caller, trial, 0, gzip.compress(body))
    again = put(caller, trial, 0, body)
    assert (first.status, first.json) == (again.status, again.json)
    assert first.status == 200
    assert bytes(TrackChunk.objects.get().body) == body


def test_a_packed_part_that_is_too_large_once_unpacked_is_refused(trial, caller):
    body = json.dumps({"protocol": 1, "n": 0, "pad": "x" * MAX_BODY_BYTES}).encode()
    answer = put_packed(caller, trial, 0, gzip.compress(body))
    assert (answer.status, answer.json["code"]) == (413, "chunk_too_large")


@pytest.mark.parametrize(
    "packed",
    [b"no gzip", gzip.compress(b"{}")[:-1], gzip.compress(b"{}") + b"x", zlib.compress(b"{}")],
    ids=["text", "cut short", "something behind it", "another packing"],  # gzip itself holds the time of day
)
def test_what_is_no_gzip_is_refused_in_words(trial, caller, packed):
    answer = put_packed(caller, trial, 0, packed)
    assert (answer.status, answer.json["code"]) == (422, "bad_input")


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_other_packings_are_refused_so_that_the_page_can_send_plainly(trial, caller, encoding):
    answer = put_packed(caller, trial, 0, b"x", encoding=encoding)
    assert (answer.status, answer.json["code"]) == (415, "encoding_unknown")


def test_parts_are_json_and_say_so(trial, caller):
    body = write_chunk(chunks_of_a_steady_hand(trial)[0])
    answer = put(caller, trial, 0, body, content_type="text/plain")
    assert (answer.status, answer.json["code"]) == (415, "content_type_unknown")
    assert put(caller, trial, 0, body, content_type="application/json; charset=utf-8").status == 200
