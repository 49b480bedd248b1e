import json

import pytest

from benchmarks.scale.size import Size


def test_a_size_counts_the_pixels_of_a_clip_and_survives_the_way_to_its_process():
    size = Size(clips=1, seconds=2, height=720, observers=1)
    assert size.megapixels == pytest.approx(60 * 1280 * 720 / 1e6)
    assert Size(**json.loads(size.dumps())) == size


def test_every_size_has_even_sides_for_the_codec():
    assert {Size(1, 1, height, 1).width % 2 for height in (180, 360, 480, 720, 1080)} == {0}
