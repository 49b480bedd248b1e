"""Ends our children when we ourselves were killed with -9 and could not.

This file is also the keeper's program: it reads from us which process groups are ours, and when the pipe
closes while some are left, we are gone and it stops them. It knows only the standard library, to start fast.
"""

import os
import signal
import subprocess
import sys
import time

WAIT_S = 4.0


class Keeper:
    """The pipe to the keeper process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C and a closed terminal are not for it
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def watch(self, group: int, stop_signal: signal.Signals) -> None:
        """From now on this process group is to be stopped, by this signal, if we are gone."""
        self._say(f"+ {group} {int(stop_signal)}")

    def release(self, group: int) -> None:
        """The group has ended."""
        self._say(f"- {group}")

    def close(self) -> None:
        """End the keeper; it stops what was not released."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def lives(group: int) -> bool:
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def send(group: int, number: int) -> None:
    """Signal to the whole group; none left is fine."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def keep() -> None:
    """Follow the lines on standard input, then stop what is left: in good order first, then at once."""
    groups: dict[int, int] = {}
    for line in sys.stdin:
        match line.split():
            case ["+", group, number]:
                groups[int(group)] = int(number)
            case ["-", group]:
                groups.pop(int(group), None)
    for group, number in groups.items():
        send(group, number)
    deadline = time.monotonic() + WAIT_S
    while any(lives(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        send(group, signal.SIGKILL)


if __name__ == "__main__":
    keep()
