"""The load generator against a server that answers as it is told."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from benchmarks.capture.bodies import SAMPLES_LEEWAY, chunk_bodies
from benchmarks.capture.load import Outcome, as_fast_as_answered, keep_up, upload
from collector.protocol import read_chunk

BODIES = chunk_bodies(3, 20, seed=1)


def test_bodies_are_chunks_of_about_the_asked_number_of_samples():
    for body in chunk_bodies(3, 250, seed=2)[1:]:
        chunk = read_chunk(body.plain)
        assert chunk.n == body.number
        assert abs(len(chunk.samples.t_us) - 250) <= SAMPLES_LEEWAY


@contextmanager
def server(answer):
    """A server on a port of its own; `answer(number of the request)` gives a status, or None to hang up."""
    ready, loop, requests = threading.Event(), asyncio.new_event_loop(), []
    address = []

    async def serve(reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                body = await reader.readexactly(length)
                requests.append((head, body))
                status = answer(len(requests))
                if status is None:
                    break
                writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: 2\r\n\r\n{}" % status)
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async def main():
        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        address.append(listening.sockets[0].getsockname()[1])
        ready.set()

    loop.create_task(main())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    assert ready.wait(60)
    try:
        yield f"http://127.0.0.1:{address[0]}", requests
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)


def series(url, observers):
    host = url.partition("://")[2]
    return [[upload(host, f"t{one}", "token", body) for body in BODIES] for one in range(observers)]


def in_a_thread(load, *arguments, **named):
    """The load's outcome; a browser that is open for other tests keeps an event loop running in the main thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(load, *arguments, **named).result()


def test_every_request_is_sent_and_its_answer_timed():
    with server(lambda n: 200) as (url, requests):
        outcome = in_a_thread(keep_up, url, series(url, 4), period_s=0.05)
    assert len(requests) == len(outcome.seconds) == 12
    assert outcome.not_taken == 0
    assert {body for _, body in requests} == {body.packed for body in BODIES}


def test_a_refusal_is_counted_and_not_timed():
    with server(lambda n: 409 if n == 2 else 200) as (url, _):
        outcome = in_a_thread(keep_up, url, series(url, 1), period_s=0.01)
    assert (len(outcome.seconds), outcome.not_taken) == (2, 1)


def test_what_a_broken_connection_left_open_is_sent_again():
    with server(lambda n: None if n == 2 else 200) as (url, requests):
        outcome = in_a_thread(as_fast_as_answered, url, series(url, 1), within_s=60)
    assert len(outcome.seconds) == 3
    assert outcome.not_taken == 1
    assert len(requests) == 4


def test_a_percentile_is_a_latency_that_was_seen():
    outcome = Outcome(seconds=[0.001 * n for n in range(100, 0, -1)])
    assert outcome.percentile_ms(50) == pytest.approx(50)
    assert outcome.percentile_ms(99) == pytest.approx(99)
    with pytest.raises(ValueError, match="nothing was answered"):
        Outcome().percentile_ms(99)
