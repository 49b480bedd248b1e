"""A program that reports in JSON lines, run on a leash: it dies with us, and it ends when we say so."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

Event = dict[str, Any]

# To finish a step and write a checkpoint. Less than a lease lasts after the last sign of life, so that a cancelled
# run holds its GPU until its program has ended.
STOP_WITHIN_S = 30.0
LOOK_EVERY_S = 0.5

# Run before the program itself, in the same process: asks the kernel to kill it when its parent dies (prctl's
# PR_SET_PDEATHSIG is 1), so that a worker's kill -9 leaves no training behind that nobody listens to.
LEASH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent is gone already")
os.execv(sys.argv[2], sys.argv[2:])
"""


def run(
    argv: Sequence[str],
    *,
    log: Path,
    pid_file: Path,
    on_event: Callable[[Event], None],
    stop: threading.Event,
    environment: Mapping[str, str],
) -> int:
    """Run `argv` until it ends by itself, or is ended because `stop` is set or `on_event` raises.

    Events are its lines on standard output that are JSON objects; everything else it says is added to `log`.
    Returns its exit status, minus the signal's number when a signal ended it.
    """
    with log.open("ab") as log_file:
        process = subprocess.Popen(
            [sys.executable, "-c", LEASH, str(os.getpid()), *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_file,
            env=dict(environment),
            start_new_session=True,
        )
        pid_file.write_text(str(process.pid))
        try:
            _listen(process, log_file, on_event, stop)
        finally:
            _end(process)
            pid_file.unlink(missing_ok=True)
    return process.returncode


def end_leftover(pid_file: Path, mark: str) -> None:
    """Kill what an earlier attempt on this machine left running: the process of `pid_file`, if `mark` is in its
    command line (process ids are used again)."""
    with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
        pid = int(pid_file.read_text())
        if mark in Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"):
            os.killpg(pid, signal.SIGKILL)


def _listen(
    process: subprocess.Popen[bytes],
    log: IO[bytes],
    on_event: Callable[[Event], None],
    stop: threading.Event,
) -> None:
    assert process.stdout is not None
    lines: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    while not stop.is_set():
        try:
            line = lines.get(timeout=LOOK_EVERY_S)
        except queue.Empty:
            continue
        if line is None:
            process.wait()
            return
        event = _event(line)
        if event is None:
            log.write(line)
            log.flush()
        else:
            on_event(event)


def _read(stream: IO[bytes], lines: "queue.Queue[bytes | None]") -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask its whole group to end, wait, and kill what has not."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_WITHIN_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # children that it left behind
    process.wait()
