from fractions import Fraction

import numpy as np

from collector.export.dictionary import TABLES
from collector.export.tables import Clip, tables_of
from collector.protocol import MOVE, Chunk, Events, Marks, Samples, Viewports
from collector.tracks.columns import join_chunks, raw_track
from processing.align import align

CLIP = Clip(Fraction(25), 640, 360)
LABELS = {"trial": "t", "observer": "o", "stimulus": "s"}
FRAME_US = 40_000


def recording(*, viewports=True):
    count = 10
    shown = [1_000_000 + FRAME_US * n + (500_000 if n > 6 else 0) for n in range(count)]
    times = [1_790_000, 900_000, 1_000_000, 1_045_000, 1_400_000]
    return join_chunks(
        [
            Chunk(
                protocol=1,
                n=0,
                samples=Samples(t_us=times, x_cpx=[32_000] * 5, y_cpx=[18_000] * 5, kind=[0, 2, 1, 0, 0]),
                marks=Marks(
                    t_us=[t - 8_000 for t in shown],
                    t_shown_us=shown,
                    media_us=[FRAME_US * n for n in range(count)],
                    presented=list(range(count)),
                ),
                viewports=Viewports(
                    **{name: [1000] for name in Viewports.model_fields}
                    | {
                        "left_cpx": [0],
                        "top_cpx": [0],
                        "width_cpx": [64_000],
                        "height_cpx": [36_000],
                        "t_us": [0],
                    }
                )
                if viewports
                else Viewports(),
                events=Events(t_us=[1_000_000], kind=["playing"], detail=["=1+1"]),
            )
        ]
    )


def test_the_tables_have_the_columns_that_the_dictionary_describes():
    tables, trouble = tables_of(recording(), CLIP, LABELS)
    assert trouble == ""
    assert {name: sorted(rows) for name, rows in tables.items()} == {
        name: sorted(field.name for field in fields) for name, fields in TABLES.items() if name != "trials"
    }


def test_every_sample_has_client_and_video_pixels_and_media_time_side_by_side():
    samples = tables_of(recording(), CLIP, LABELS)[0]["samples"]
    assert samples["t_page_us"].tolist() == [900_000, 1_000_000, 1_045_000, 1_400_000, 1_790_000]
    assert samples["kind"].tolist() == ["start", "rest", "move", "move", "move"]
    assert samples["placed"].tolist() == ["before_first_frame", "yes", "yes", "stall", "yes"]
    assert samples["t_media_us"].tolist()[:4] == [None, 0, 45_000, None]
    assert samples["frame"].tolist()[:4] == [None, 0, 1, None]
    assert samples["x_client_px"].tolist() == [320.0] * 5
    assert samples["x_video_px"].tolist()[1:3] == [320.0, 320.0]


def test_the_export_places_samples_as_alignment_does():
    columns = recording()
    samples = tables_of(columns, CLIP, LABELS)[0]["samples"]
    track, _ = align(raw_track(columns), "o", CLIP.fps, CLIP.width, CLIP.height)
    placed = samples["placed"] == "yes"
    assert samples["t_media_us"][placed].tolist() == track.t_us.tolist()
    assert np.allclose(samples["y_video_px"][placed], track.y_px)


def test_a_recording_without_the_pictures_place_keeps_its_client_pixels():
    tables, trouble = tables_of(recording(viewports=False), CLIP, LABELS)
    assert "place on the page" in trouble
    assert tables["samples"]["x_video_px"].mask.all()
    assert tables["samples"]["x_client_px"].tolist() == [320.0] * 5
    assert (tables["samples"]["kind"] == "move").sum() == (recording()["samples.kind"] == MOVE).sum()
