"""Loops that are compiled for the machine they run on."""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function, free of the interpreter's lock, and keep the result on disk where that can be.

    options: of numba's njit besides.
    """

    def compiling(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return njit(nogil=True, cache=True, **options)(function)
        except (
            RuntimeError
        ):  # neither beside the function's file nor in the user's cache folder may be written
            return njit(nogil=True, **options)(function)

    return compiling
