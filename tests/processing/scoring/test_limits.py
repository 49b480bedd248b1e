import resource

import numpy as np
import pytest

from processing.scoring.limits import bounded_memory


def test_what_wants_more_memory_gets_an_error_and_the_limit_is_taken_back():
    before = resource.getrlimit(resource.RLIMIT_AS)
    with bounded_memory(64 << 20):
        np.ones(1 << 20)
        with pytest.raises(MemoryError):
            np.ones(1 << 28)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_narrower_limit_stays():
    before = resource.getrlimit(resource.RLIMIT_AS)
    with bounded_memory(256 << 20):
        narrow = resource.getrlimit(resource.RLIMIT_AS)
        with bounded_memory(1 << 40):
            assert resource.getrlimit(resource.RLIMIT_AS) == narrow
    assert resource.getrlimit(resource.RLIMIT_AS) == before
