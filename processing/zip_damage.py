"""Damage in a ZIP file, whichever way it shows: every kind of compression has errors of its own."""

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from processing.errors import BadInput

_DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # encrypted, or packed in a way that zipfile does not know
    ValueError,  # a place before the file's start, a name that is no text
)


@contextmanager
def refused_when_damaged(refusal: Callable[[Exception], BadInput]) -> Iterator[None]:
    """Read a ZIP in the block; what its damage raises there comes out as the refusal that is made of it."""
    try:
        yield
    except BadInput:
        raise
    except _DAMAGED as error:
        raise refusal(error) from error
    except OSError as error:
        if error.errno is not None:  # the disk's fault; bzip2's own has no number
            raise
        raise refusal(error) from error
