"""Whether something failed because a disk is full: then nothing is wrong with what was asked for."""

from __future__ import annotations

import errno

# Beside a disk that is full, a user's share of it that is.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def lacked_room(error: BaseException) -> bool:
    """Whether a full disk is what an error says, or the one that it was raised from, however far below."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
            return True
        # Libraries written in Rust, as safetensors is, give the number in words.
        if any(f"(os error {number})" in str(cause) for number in _NO_ROOM):
            return True
        cause = cause.__cause__
    return False
