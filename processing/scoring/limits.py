"""What a process that decodes strangers' videos may take."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A Full HD pair takes 0.3 GiB beside the libraries; the largest pictures that are scored stay below one.
MEMORY_BYTES = 2 << 30

_SIZE = Path("/proc/self/statm")


@contextmanager
def bounded_memory(more_bytes: int = MEMORY_BYTES) -> Iterator[None]:
    """Let this process take `more_bytes` of address space above what it has now; what wants more gets MemoryError.

    The limit is the process's own and is taken back at the end. A narrower one that is set already stays. Systems
    that do not tell the size of a process (all but Linux) get no limit.
    """
    if not _SIZE.exists():
        yield
        return
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _address_space() + more_bytes
    narrowest = min(limit for limit in (before, hard, wanted) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (narrowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def _address_space() -> int:
    return int(_SIZE.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
