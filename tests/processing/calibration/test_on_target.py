import numpy as np
import pytest

from processing.calibration.on_target import followed
from processing.calibration.search import Search
from processing.errors import BadInput
from processing.tracks import Track

T_US = np.arange(0, 6_000_001, 16_000)


def dot(shift_us=0):
    t_s = T_US / 1e6
    return Track("dot", T_US + shift_us, 400 + 200 * np.sin(1.9 * t_s), 300 + 150 * np.sin(1.3 * t_s))


@pytest.mark.parametrize("lag_ms", [0, 90, 240, 505])
def test_the_lag_of_a_cursor_behind_a_dot_is_found(lag_ms):
    rng = np.random.default_rng(lag_ms)
    late = dot(lag_ms * 1000)
    shaky = Track(
        "anna", late.t_us, late.x_px + rng.normal(0, 8, len(T_US)), late.y_px + rng.normal(0, 8, len(T_US))
    )
    found = followed(shaky, dot(), Search())
    assert found.lag_ms.value == pytest.approx(lag_ms, abs=10)
    assert found.lag_ms.low <= found.lag_ms.value <= found.lag_ms.high
    assert found.nearest_px < 20


def test_who_was_hardly_there_is_refused():
    short = Track("anna", T_US[:100], np.zeros(100), np.zeros(100))
    with pytest.raises(BadInput, match="anna"):
        followed(short, dot(), Search())
