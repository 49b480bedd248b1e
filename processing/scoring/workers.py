"""Clips scored by several processes, of which none can take the others along.

Every process scores one clip at a time and is told the next one when it is done. A process that dies on a clip (a
decoder that a hostile video crashes, the system's own limit of memory) costs that clip and nothing else.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.sharedctypes import Synchronized
from typing import Any, Generic, TypeVar

import cv2

from processing.scoring.limits import bounded_memory

Task = TypeVar("Task")
Answer = TypeVar("Answer")

_POLL_S = 0.2


@dataclass(frozen=True)
class Died(Generic[Task]):
    """The process that had this task is gone; exit_code as multiprocessing has it, -n for signal n."""

    task: Task
    exit_code: int | None


def in_processes(
    work: Callable[[Task, Callable[[], None]], Answer],
    tasks: Iterable[Task],
    processes: int,
    counted: Callable[[int], None],
) -> Iterator[tuple[Task, Answer | Died[Task]]]:
    """Do each task in one of the processes and yield (task, answer) as they come, in any order.

    work: a function of a module, called with a task and a function that counts one step of it; it raises only what is
    a fault of the program. counted: told the steps of all processes together, several times a second.
    """
    # Fresh processes, not forks: a fork inherits the locks of decoder threads that it does not have.
    context = multiprocessing.get_context("spawn")
    steps = context.Value("q", 0)
    waiting = iter(tasks)
    busy: dict[Connection, tuple[SpawnProcess, Task]] = {}

    def employ(process: SpawnProcess, line: Connection) -> None:
        """Give the process the next task, or send it home."""
        for task in waiting:
            busy[line] = process, task
            with suppress(BrokenPipeError):  # it is dead already, and its line will say so
                line.send(task)
            return
        line.send(None)
        process.join()
        line.close()

    def start() -> tuple[SpawnProcess, Connection]:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(work, theirs, steps), daemon=True)
        with _held_back(signal.SIGINT):
            process.start()
        theirs.close()
        return process, ours

    try:
        for _ in range(processes):
            employ(*start())
        while busy:
            ready = wait(list(busy), timeout=_POLL_S)
            for line in [line for line in busy if line in ready]:
                process, task = busy.pop(line)
                try:
                    answer = line.recv()
                except (EOFError, ConnectionResetError):
                    process.join()
                    yield task, Died(task, process.exitcode)
                    employ(*start())
                    continue
                if isinstance(answer, _Fault):
                    raise answer.error
                yield task, answer
                employ(process, line)
            counted(steps.value)
    finally:
        for process, _ in busy.values():
            process.kill()
            process.join()


@dataclass(frozen=True)
class _Fault:
    error: BaseException


def _serve(work: Callable[..., Any], line: Connection, steps: "Synchronized[int]") -> None:
    """The life of a process: tasks come down the line until there are no more."""

    def count() -> None:
        with steps.get_lock():
            steps.value += 1

    cv2.setNumThreads(1)  # the clips already keep the cores busy
    with _gone_with_parent(), bounded_memory():
        while (task := line.recv()) is not None:
            try:
                answer = work(task, count)
            except Exception as error:
                answer = _Fault(error)
            line.send(answer)


@contextmanager
def _held_back(number: signal.Signals) -> Iterator[None]:
    """Keep a signal from this thread for as long as this lasts, and from the processes that it starts for good.

    Ctrl-C reaches every process of a terminal. It is for the one that was started there, which ends the others; they
    would die of it in the middle of a clip, and the clip would be blamed.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _gone_with_parent() -> Iterator[None]:
    """End this process when the one that started it is killed, in the middle of a clip too."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch(sentinel: int) -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, args=(parent.sentinel,), daemon=True).start()
    yield
