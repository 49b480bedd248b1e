"""A signal stops whoever waits, whatever they are doing at that moment."""

import os
import random
import signal
import subprocess
import sys
import threading

import pytest

from webapp.embedded.stop import Stopped, StopSignal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Once an event took the signals, of which about one in a thousand met its lock.
ROUNDS = 4000
LONGER_THAN_ANY_TEST_MAY_TAKE_S = 10_000
HARDLY_PAUSING = f"""
import os, random, signal, threading
from webapp.embedded.stop import Stopped, StopSignal

for round in range({ROUNDS}):
    stop = StopSignal()
    sender = threading.Timer(random.Random(round).uniform(0, 0.001), os.kill, (os.getpid(), signal.SIGHUP))
    sender.start()
    try:
        while True:
            stop.pause(0)
    except Stopped:
        sender.join()
    os.close(stop._told), os.close(stop._teller)
"""


@pytest.fixture
def stop():
    before = [signal.getsignal(number) for number in SIGNALS]
    yield StopSignal()
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_pause_and_every_later_one(stop, number):
    stop.pause(0)
    threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
    with pytest.raises(Stopped):
        stop.pause(LONGER_THAN_ANY_TEST_MAY_TAKE_S)
    with pytest.raises(Stopped):
        stop.pause(0)


def test_any_number_of_signals_is_one(stop):
    for _ in range(random.Random(1).randint(10, 20)):
        os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(Stopped):
        stop.pause(60)


@pytest.mark.long
def test_no_moment_is_a_bad_one_for_a_signal():
    done = subprocess.run([sys.executable, "-c", HARDLY_PAUSING], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
