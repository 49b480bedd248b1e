"""Grandchildren whose parent died come to us, so that none stays behind as a zombie.

Usually process 1 takes them, but in a container that is often a program which never asks how they ended.
"""

import ctypes
import os
import sys
import time
from collections.abc import Collection

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
WAIT_S = 1.0


def adopt() -> None:
    """From now on orphans below us become our children (on Linux; elsewhere process 1 does its duty)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(known: Collection[int]) -> None:
    """Ask after orphans that have ended; the `known` children are waited for elsewhere."""
    while ended := _ended():
        if ended in known:
            return  # it stands in front of the others until its own turn
        os.waitpid(ended, 0)


def reap_all() -> None:
    """Wait until the last orphan is gone; they have been told to go."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)
        except ChildProcessError:
            return


def _ended() -> int | None:
    """A child that has ended and still waits to be asked how."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None
