import hashlib
from fractions import Fraction

import av
import numpy as np
import pytest

from processing.errors import BadInput
from processing.video import cut_clip, prepare_rendition, probe, read_luma

MILLISECOND = Fraction(1, 1000)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "rendition.mp4"


def streams_of(path):
    with av.open(str(path)) as container:
        return {
            stream.type: (stream.codec_context.name, float(stream.duration * stream.time_base))
            for stream in container.streams
        }


@pytest.mark.parametrize(
    ("name", "codec", "fps"),
    [
        ("clip.mp4", "libx264", "179/6"),
        ("clip.webm", "libvpx", "24000/1001"),
        ("clip.avi", "mpeg4", "25"),
        ("clip.mkv", "libx264", "25/2"),
    ],
)
def test_rate_size_and_frames_are_kept_one_for_one(make_clip, target, name, codec, fps):
    source = make_clip(name, codec=codec, fps=Fraction(fps), frames=40)
    digest = hashlib.sha256(source.read_bytes()).digest()
    report = prepare_rendition(source, target)
    facts = probe(target)
    assert report.facts == facts
    assert (facts.fps, facts.frames, facts.width, facts.height) == (Fraction(fps), 40, 64, 48)
    assert (report.repeated_frames, report.dropped_frames, report.cropped_px) == (0, 0, (0, 0))
    assert hashlib.sha256(source.read_bytes()).digest() == digest
    for before, after in zip(read_luma(source), read_luma(target), strict=True):
        assert np.abs(before.astype(int) - after).mean() < 4


def test_it_is_what_browsers_play(make_clip, target):
    prepare_rendition(make_clip("clip.mkv", sound_s=2, frames=60), target)
    with av.open(str(target)) as container:
        assert "mp4" in container.format.name
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        sound = container.streams.audio[0].codec_context
        assert (sound.name, sound.sample_rate, sound.layout.name) == ("aac", 48_000, "stereo")
        assert "creation_time" not in container.metadata
    content = target.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_sound_that_outlasts_the_picture_is_cut_and_short_sound_is_kept(make_clip, target):
    prepare_rendition(make_clip("long.mp4", sound_s=3, frames=30), target)
    assert 0.9 < streams_of(target)["audio"][1] <= 1.0
    prepare_rendition(make_clip("short.mp4", sound_s=0.5, frames=30), target)
    assert 0.4 < streams_of(target)["audio"][1] < 0.6


def test_a_variable_rate_becomes_a_common_one_and_the_report_counts(make_clip, target):
    ticks = [0, 20, 40, 50, 100, 140, 240, 290, 330, 360]
    source = make_clip("clip.mp4", frames=10, ticks=ticks, tick_s=MILLISECOND)
    report = prepare_rendition(source, target)
    assert report.source_facts.constant_rate is False
    assert report.facts.constant_rate
    assert report.facts.fps == 25
    assert report.facts.frames == 10 + report.repeated_frames - report.dropped_frames
    assert report.repeated_frames > 0
    assert report.dropped_frames > 0
    assert report.facts.duration_s == pytest.approx(0.4, abs=0.021)


def test_a_rate_can_be_asked_for(make_clip, target):
    source = make_clip("clip.mp4", fps=30, frames=30)
    report = prepare_rendition(source, target, fps=60)
    assert (report.facts.fps, report.facts.frames, report.repeated_frames) == (60, 60, 30)
    report = prepare_rendition(source, target, fps="15")
    assert (report.facts.fps, report.facts.frames, report.dropped_frames) == (15, 15, 15)


def test_odd_sides_lose_one_pixel(make_clip, target):
    source = make_clip("clip.mkv", width=65, height=49, codec="ffv1", frames=3)
    report = prepare_rendition(source, target)
    assert (report.facts.width, report.facts.height, report.cropped_px) == (64, 48, (1, 1))


def test_full_hd_covers_the_frame_either_way_up(make_clip, target):
    report = prepare_rendition(make_clip("wide.mp4", width=64, height=48, frames=2), target, size="full-hd")
    assert (report.facts.width, report.facts.height, report.cropped_px) == (1920, 1080, (0, 360))
    report = prepare_rendition(make_clip("tall.mp4", width=36, height=64, frames=2), target, size="full-hd")
    assert (report.facts.width, report.facts.height, report.cropped_px) == (1080, 1920, (0, 0))


def test_phones_are_turned_upright_for_good(make_clip, target):
    source = make_clip("clip.mp4", turn_deg=90)
    report = prepare_rendition(source, target)
    assert (report.facts.width, report.facts.height, report.facts.rotation_deg) == (48, 64, 0)
    assert np.abs(next(read_luma(target)).astype(int) - next(read_luma(source))).mean() < 4


def test_pixels_become_square(make_clip, target):
    report = prepare_rendition(make_clip("clip.mp4", pixel_aspect=Fraction(4, 3)), target)
    assert (report.facts.width, report.facts.height, report.facts.pixel_aspect) == (84, 48, 1)


def test_full_range_keeps_its_brightness(make_clip, target):
    source = make_clip("clip.mkv", codec="mjpeg", pixel_format="yuvj420p", frames=5)
    prepare_rendition(source, target)
    assert abs(next(read_luma(target)).mean() - next(read_luma(source)).mean()) < 2


def test_the_same_source_gives_the_same_bytes(make_clip, tmp_path):
    source = make_clip("clip.mp4", sound_s=1)
    prepare_rendition(source, tmp_path / "one.mp4")
    prepare_rendition(source, tmp_path / "two.mp4")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize(
    "settings", [{"fps": "often"}, {"fps": 0}, {"fps": "1/0"}, {"fps": 1000}, {"size": "huge"}]
)
def test_settings_that_make_no_sense_are_refused(make_clip, target, settings):
    with pytest.raises(BadInput):
        prepare_rendition(make_clip("clip.mp4", frames=2), target, **settings)
    assert not target.exists()


def test_a_damaged_source_is_refused_and_leaves_nothing(make_clip, target):
    source = make_clip("clip.mp4", width=320, height=240, frames=60, options={"g": "5", "crf": "5"})
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(np.random.default_rng(3).integers(0, 256, 400, np.uint8))
    source.write_bytes(content)
    with pytest.raises(BadInput):
        prepare_rendition(source, target)
    assert not target.exists()


def test_progress_runs_to_the_end(make_clip, target):
    seen = []
    prepare_rendition(
        make_clip("clip.mp4", frames=7), target, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(number, 7) for number in range(1, 8)]


def test_a_clip_is_cut_after_so_many_frames(make_clip, target, tmp_path):
    source = make_clip("clip.mp4", frames=30, sound_s=1)
    prepare_rendition(source, target)
    assert cut_clip(target, tmp_path / "cut.mp4", 17).frames == 17
    assert streams_of(tmp_path / "cut.mp4")["audio"][1] <= 17 / 30
    for before, after in zip(list(read_luma(target))[:17], read_luma(tmp_path / "cut.mp4"), strict=True):
        assert np.abs(before.astype(int) - after).mean() < 4
    with pytest.raises(BadInput):
        cut_clip(target, tmp_path / "cut.mp4", 31)
