import itertools
import threading

import pytest

from processing.scoring import ahead
from processing.scoring.ahead import DEPTH, read_ahead


def readers():
    return [thread for thread in threading.enumerate() if thread.name == "read-ahead"]


def test_items_come_in_order_from_another_thread():
    def items():
        for number in range(100):
            yield number, threading.current_thread().name

    with read_ahead(items()) as taken:
        assert list(taken) == [(number, "read-ahead") for number in range(100)]
    assert not readers()


def test_no_more_than_a_few_items_wait():
    begun = []

    def items():
        for number in itertools.count():
            begun.append(number)
            yield number

    with read_ahead(items()) as taken:
        assert [next(taken) for _ in range(10)] == list(range(10))
    assert len(begun) <= 10 + DEPTH + 3
    assert not readers()


def test_an_error_is_raised_after_the_items_before_it():
    def items():
        yield 1
        raise OSError("gone")

    with read_ahead(items()) as taken:
        assert next(taken) == 1
        with pytest.raises(OSError, match="gone"):
            next(taken)
    assert not readers()


def test_what_never_comes_is_waited_for_only_as_long_as_there_is_time(monkeypatch):
    monkeypatch.setattr(ahead, "GRACE_S", 0.1)
    stuck = threading.Event()

    def items():
        yield 1
        stuck.wait()

    def too_late():
        raise TimeoutError

    with pytest.raises(TimeoutError), read_ahead(items(), too_late) as taken:
        assert next(taken) == 1
        next(taken)
    stuck.set()


def test_an_error_of_the_taker_ends_the_thread_too():
    with pytest.raises(ZeroDivisionError), read_ahead(itertools.count()) as taken:
        next(taken)
        raise ZeroDivisionError
    assert not readers()
