import itertools
from fractions import Fraction
from types import SimpleNamespace

import pytest

from processing.errors import BadInput
from processing.video import probe

MILLISECOND = Fraction(1, 1000)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.mov"])
@pytest.mark.parametrize("fps", ["24000/1001", "25/2", "179/6", "30", "60000/1001"])
def test_size_exact_rate_and_number_of_frames(make_clip, name, fps):
    facts = probe(make_clip(name, fps=Fraction(fps), frames=40))
    assert (facts.width, facts.height, facts.fps, facts.frames) == (64, 48, Fraction(fps), 40)
    assert facts.constant_rate
    assert facts.codec == "h264"
    assert not facts.has_audio
    assert facts.duration_s == pytest.approx(40 / Fraction(fps))


@pytest.mark.parametrize(("name", "codec"), [("clip.webm", "libvpx-vp9"), ("clip.avi", "mpeg4")])
def test_other_codecs_and_containers(make_clip, name, codec):
    facts = probe(make_clip(name, codec=codec, frames=50))
    assert (facts.fps, facts.frames, facts.constant_rate) == (30, 50, True)


def test_frames_that_are_reordered_for_coding_count_in_order_of_presentation(make_clip):
    facts = probe(make_clip("clip.mkv", options={"bf": "3", "b-adapt": "0"}, frames=31))
    assert (facts.fps, facts.frames, facts.constant_rate) == (30, 31, True)


def test_a_fragmented_file_is_counted_to_its_end(make_clip):
    path = make_clip("clip.mp4", frames=70, options={"g": "10"}, movflags="frag_keyframe+empty_moov")
    assert probe(path).frames == 70


def test_sound_is_noticed(make_clip):
    assert probe(make_clip("clip.mp4", sound_s=1)).has_audio


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_a_truly_variable_rate_is_not_constant(make_clip, name):
    ticks = [0, 20, 55, 90, 180, 200, 260, 290, 350, 400]
    facts = probe(make_clip(name, frames=10, ticks=ticks, tick_s=MILLISECOND))
    assert not facts.constant_rate
    assert facts.frames == 10
    assert float(facts.fps) == pytest.approx(9 / 0.4, rel=0.01)


def test_a_turned_picture_has_the_size_it_is_shown_at(make_clip):
    facts = probe(make_clip("clip.mp4", turn_deg=90))
    assert (facts.width, facts.height) == (48, 64)


def test_the_shape_of_pixels_is_told(make_clip):
    assert probe(make_clip("clip.mp4", pixel_aspect=Fraction(4, 3))).pixel_aspect == Fraction(4, 3)


def test_one_frame_is_a_video(make_clip):
    assert probe(make_clip("clip.mp4", frames=1)).frames == 1


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_zero_frames_are_refused(make_clip, name):
    with pytest.raises(BadInput):
        probe(make_clip(name, frames=0))


def test_sound_only_is_refused(sound_only):
    with pytest.raises(BadInput, match="sound but no picture"):
        probe(sound_only)


@pytest.mark.parametrize("stated", [10, 500])
def test_a_header_that_states_other_frames_than_there_are_is_refused(make_clip, stated):
    path = make_clip("clip.avi", codec="mpeg4", frames=50)
    content = bytearray(path.read_bytes())
    length = content.index(b"strh") + 8 + 32
    content[length : length + 4] = stated.to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"states {stated} frames but holds 50"):
        probe(path)


@pytest.mark.parametrize(("table", "complaint"), [("stts", "states 10 frames but holds 50"),
                                                  ("stsz", "states 50 frames but holds 10")])  # fmt: skip
def test_an_index_whose_times_and_sizes_are_for_other_frames_is_refused(make_clip, table, complaint):
    path = make_clip("clip.mp4", frames=50)
    content = bytearray(path.read_bytes())
    count = content.index(table.encode()) + 12
    content[count : count + 4] = (10).to_bytes(4)
    path.write_bytes(content)
    with pytest.raises(BadInput, match=complaint):
        probe(path)


def test_an_edit_list_may_show_a_part_or_show_it_again(make_clip):
    path = make_clip("clip.mp4", frames=30)
    whole = path.read_bytes()
    for edits, frames in (([(300, 1024 + 512 * 20)], 9), ([(1000, 1024), (1000, 1024)], 60)):
        path.write_bytes(with_edits(whole, edits))
        assert probe(path).frames == frames


def test_frames_that_an_edit_list_takes_away_are_not_waited_for_without_an_end(make_clip, monkeypatch):
    path = make_clip("clip.mp4", frames=60, options={"g": "60", "sc_threshold": "0"})
    clock = SimpleNamespace(monotonic=itertools.count().__next__)  # a second for every packet
    monkeypatch.setattr("processing.video.facts.time", clock)
    monkeypatch.setattr("processing.video.facts.MAX_PROBE_S", 100)
    assert probe(path).frames == 60
    path.write_bytes(with_edits(path.read_bytes(), [(300, 1024 + 512 * 45)]))
    with pytest.raises(BadInput, match="first frame does not come within 100 s"):
        probe(path)


def with_edits(content, edits):
    """An MP4 whose tables lie after its pictures, with another edit list: (duration, start) in its time units."""
    at = content.index(b"edts") - 4
    end = at + int.from_bytes(content[at : at + 4])
    listed = b"".join(duration.to_bytes(4) + start.to_bytes(4) + b"\0\1\0\0" for duration, start in edits)
    listed = b"elst" + bytes(4) + len(edits).to_bytes(4) + listed
    listed = b"edts" + (len(listed) + 4).to_bytes(4) + listed
    listed = (len(listed) + 4).to_bytes(4) + listed
    changed = bytearray(content[:at] + listed + content[end:])
    for box in (b"trak", b"moov"):
        size = changed.index(box) - 4
        grown = int.from_bytes(changed[size : size + 4]) + len(listed) - (end - at)
        changed[size : size + 4] = grown.to_bytes(4)
    return bytes(changed)


def test_a_first_fragment_in_the_index_states_nothing_of_those_that_follow(make_clip):
    path = make_clip("clip.mp4", frames=70, options={"g": "10"}, movflags="frag_keyframe")
    assert probe(path).frames == 70


def test_a_container_full_of_noise_is_refused_in_one_line(make_clip):
    path = make_clip("clip.mkv")
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes(255 - byte for byte in content[200:]))
    with pytest.raises(BadInput) as refusal:
        probe(path)
    assert "\n" not in str(refusal.value)
