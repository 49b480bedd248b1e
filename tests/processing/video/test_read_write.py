from fractions import Fraction

import av
import numpy as np
import pytest
from av.codec.context import ThreadType
from av.video.codeccontext import VideoCodecContext

from processing.errors import BadInput
from processing.video import ClipWriter, MapWriter, probe, read_luma, read_map, read_rgb, read_some_rgb
from processing.video.read import read_luma_planes, read_sampled_planes
from processing.video.write import fix_threads

SIZE = {"width": 96, "height": 64, "fps": Fraction(30000, 1001)}


def moving_blob(number):
    rows, columns = np.mgrid[:64, :96]
    density = np.exp(-((columns - 20 - number) ** 2 + (rows - 30) ** 2) / 200)
    return np.rint(1023 * density / density.max()).astype(np.uint16)


def write_maps(path, encoding, frames=12):
    with MapWriter(path, encoding=encoding, **SIZE) as writer:
        for number in range(frames):
            writer.write(moving_blob(number % 70))


@pytest.mark.parametrize(("encoding", "error"), [("exact", 0), ("near-lossless", 8)])
def test_maps_come_back_as_they_were_written(tmp_path, encoding, error):
    write_maps(tmp_path / "map.mp4", encoding)
    for number, levels in enumerate(read_map(tmp_path / "map.mp4")):
        assert levels.dtype == np.float32
        assert np.abs(np.rint(levels * 1023) - moving_blob(number)).max() <= error
    assert number == 11


def test_sampled_maps_are_those_that_their_numbers_say(tmp_path):
    write_maps(tmp_path / "map.mp4", "exact", frames=600)
    found = dict(read_sampled_planes(tmp_path / "map.mp4", fps=SIZE["fps"], frames=600, places=3))
    assert len(found) == 6 and min(found) == 0 and max(found) > 500
    for number, plane in found.items():
        assert np.array_equal(plane.codes, moving_blob(number % 70))


def test_a_map_video_is_ten_bits_full_range_tagged_neutral_and_of_exact_rate(tmp_path):
    write_maps(tmp_path / "map.mp4", "near-lossless")
    with av.open(str(tmp_path / "map.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.profile == "High 10"
        assert (stream.average_rate, stream.frames) == (Fraction(30000, 1001), 12)
        frame = next(container.decode(stream))
    assert frame.format.name == "yuv420p10le"
    assert frame.color_range == 2
    assert all((frame.to_ndarray()[64:] == 512).ravel())


@pytest.mark.parametrize("encoding", ["exact", "near-lossless"])
def test_the_same_maps_give_the_same_bytes(tmp_path, encoding):
    write_maps(tmp_path / "one.mp4", encoding)
    write_maps(tmp_path / "two.mp4", encoding)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_an_untagged_video_is_read_as_limited_range(tmp_path):
    path = tmp_path / "grey.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv420p"
        for code in (0, 16, 126, 235, 255):
            frame = av.VideoFrame.from_ndarray(np.full((24, 32), code, np.uint8), format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert [plane.full_range for plane in read_luma_planes(path)] == [False] * 5
    assert [levels[0, 0] for levels in read_map(path)] == pytest.approx([0, 0, 110 / 219, 1, 1])
    assert [luma[0, 0] for luma in read_luma(path)] == [0, 0, 128, 255, 255]


def test_pictures_survive_a_clip(tmp_path):
    pictures = [np.full((64, 96, 3), (200, 100, shade), np.uint8) for shade in (0, 80, 160)]
    with ClipWriter(tmp_path / "clip.mp4", **SIZE) as writer:
        for shown in pictures:
            writer.write(shown)
    for seen, shown in zip(read_rgb(tmp_path / "clip.mp4"), pictures, strict=True):
        assert np.abs(seen.astype(int) - shown).max() < 8
    assert probe(tmp_path / "clip.mp4").fps == SIZE["fps"]


@pytest.mark.parametrize("turn_deg", [90, 180, -90])
def test_turned_pictures_are_read_upright(make_clip, turn_deg):
    path = make_clip("clip.mp4", turn_deg=turn_deg)
    upright = np.rot90(next(read_luma(make_clip("plain.mp4"))), turn_deg // 90)
    assert np.array_equal(next(read_luma(path)), upright)


def test_an_odd_size_is_refused_with_the_crop_to_apply(tmp_path):
    with pytest.raises(BadInput, match="64x48"):
        MapWriter(tmp_path / "map.mp4", width=65, height=49, fps=Fraction(30), encoding="exact")


def test_an_interrupted_writer_leaves_no_file(tmp_path):
    with pytest.raises(RuntimeError), MapWriter(tmp_path / "map.mp4", encoding="exact", **SIZE) as writer:
        writer.write(moving_blob(0))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_frame_is_refused_when_it_is_read(make_clip):
    path = make_clip("clip.mp4", width=320, height=240, frames=60, options={"g": "5", "crf": "5"})
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(np.random.default_rng(3).integers(0, 256, 400, np.uint8))
    path.write_bytes(content)
    with pytest.raises(BadInput):
        list(read_luma(path))


def test_threads_of_the_encoder_take_whole_frames_and_are_always_as_many():
    # Threads that share a frame race: on a busy machine about every third file came out otherwise.
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    fix_threads(context)
    assert (context.thread_type, context.thread_count) == (ThreadType.FRAME, 2)


def test_some_frames_are_those_of_all_and_the_others_are_counted(make_clip):
    clip = make_clip("clip.mp4", frames=7)
    every = list(read_rgb(clip))
    some = list(read_some_rgb(clip, {0, 5}))
    assert [number for number, frame in enumerate(some) if frame is not None] == [0, 5]
    assert len(some) == 7
    np.testing.assert_array_equal(some[5], every[5])
