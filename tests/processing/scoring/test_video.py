"""One clip: files that are not what they should be, and that threads and memory change no number."""

import pytest

from processing.errors import BadInput
from processing.scoring import MODES, video


@pytest.mark.parametrize("mode", sorted(MODES))
def test_threads_change_nothing(make_pair, mode):
    made = make_pair(frames=9).write()
    alone, together = made.score(mode), made.score(mode, threads=2)
    assert alone.curves == together.curves and alone.warnings == together.warnings


def test_every_frame_is_told_and_has_its_own_value(make_pair):
    told = []
    found = make_pair(frames=6).write().score("compatible", frame_scored=lambda: told.append(1))
    assert len(told) == 6
    assert {len(curve) for curve in found.curves.values()} == {6}
    assert len(set(found.curves["cc"])) == 6


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda clip: clip.prediction.unlink(), r"^prediction: there is no prediction\.mp4"),
        (lambda clip: clip.truth.write_bytes(b"no video at all"), "^truth: truth.mp4"),
        (lambda clip: clip.prediction.write_bytes(clip.prediction.read_bytes()[:-40]), "^prediction: "),
        (lambda clip: clip.fixations_file.write_text("[[[1,"), "^fixations: fixations.json cannot be read"),
        (lambda clip: clip.fixations_file.unlink(), "^fixations: there is no fixations.json"),
    ],
)
def test_a_broken_file_is_named_with_its_part(make_pair, spoil, reason, threads):
    clip = make_pair().write()
    spoil(clip)
    with pytest.raises(BadInput, match=reason):
        clip.score("compatible", threads=threads)


def damage(path):
    """Overwrite coded pictures and leave the container's own tables whole."""
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    for place in range(start + 2000, len(content) - 2000, 97):
        content[place] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("threads", [1, 2])
def test_damage_inside_the_pictures_is_a_reason_or_goes_unnoticed_but_never_hangs(make_pair, threads):
    clip = make_pair(frames=40).write()
    damage(clip.prediction)
    try:
        found = clip.score("compatible", threads=threads)
    except BadInput as error:
        assert str(error).startswith(("prediction: ", "the prediction breaks off"))
    else:
        assert found.frames == 40


def test_pictures_past_the_limit_are_refused_before_they_are_decoded(make_pair, monkeypatch):
    monkeypatch.setattr(video, "MAX_MEGAPIXELS", 0.001)
    with pytest.raises(BadInput, match=r"64x36 are larger than 0\.001 megapixels"):
        make_pair().write().score("compatible")


def test_a_clip_that_takes_too_long_is_given_up(make_pair, monkeypatch):
    monkeypatch.setattr(video, "SECONDS_A_CLIP", 0.0)
    monkeypatch.setattr(video, "SECONDS_A_FRAME", 0.0)
    monkeypatch.setattr(video, "SECONDS_A_MEGAPIXEL", 0.0)
    with pytest.raises(BadInput, match="took longer than 0 s"):
        make_pair().write().score("compatible")
