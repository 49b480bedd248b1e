import hashlib
import json
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from processing.errors import BadInput
from processing.evaluate import evaluate
from processing.layouts import CROWDSAL, LAYOUTS, NTIRE26, open_dataset, read_fixations, write_fixations
from processing.maps import MapMaker
from processing.recipe import Recipe
from processing.release import ReleaseItem, write_release
from processing.synthetic import SyntheticClip, write_clip
from processing.video import MapWriter, probe

RECIPE = Recipe().document()
SIZE = (64, 36)
PARTS = {"alpha": "train", "beta": "public_test", "gamma": "private_test"}


def make_item(
    folder, name, part, fps=Fraction(30), frames=4, map_frames=None, seed=0, encoding="near-lossless"
):
    """A clip, points about its truth, and the map that belongs to them."""
    map_frames = map_frames or frames
    own = folder / name
    own.mkdir(parents=True)
    clip = SyntheticClip(seed, *SIZE, fps, frames)
    write_clip(own / "video.mp4", clip)
    rng = np.random.default_rng(seed)
    points = []
    for frame in range(map_frames):
        x, y = np.array(clip.attended_px(frame)) + rng.normal(0, 2, (9, 2))[0]
        points.append(np.array([[int(y), int(x)], [int(y), int(x)], [3, 5]]))
    write_fixations(own / "fixations.json", points)
    maker = MapMaker(*SIZE, Recipe().sigma_for(*SIZE))
    with MapWriter(own / "saliency.mp4", width=64, height=36, fps=fps, encoding=encoding) as writer:
        for frame_points in points:
            writer.write(maker.levels(frame_points[:, ::-1]))
    return ReleaseItem(
        name=name,
        part=part,
        video=own / "video.mp4",
        saliency=own / "saliency.mp4",
        fixations=own / "fixations.json",
        facts=probe(own / "video.mp4"),
        info={"licence": "CC-BY-4.0", "attribution": "Some | body", "source_url": "https://example.org"},
    )


@pytest.fixture
def items(tmp_path):
    rates = {"alpha": Fraction(30), "beta": Fraction(30000, 1001), "gamma": Fraction(25)}
    return [
        make_item(tmp_path / "items", name, part, fps=rates[name], seed=seed)
        for seed, (name, part) in enumerate(PARTS.items())
    ]


def release(tmp_path, items, target="release", **more):
    options = {
        "recipe": RECIPE,
        "title": "A set",
        "description": "Made for a test.",
        "simulated": False,
        "provenance": {"study": "a"},
    } | more
    public, private = tmp_path / target / "public", tmp_path / target / "private"
    public.parent.mkdir(exist_ok=True)
    return public, private, write_release(out_public=public, out_private=private, items=items, **options)


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_public_folder_has_the_published_layout_and_no_private_truth(tmp_path, items):
    public, private, summary = release(tmp_path, items)
    pictures = [f"{number:03d}.png" for number in range(1, 5)]
    documents = {"README.md", "SHA256SUMS", "TrainTestSplit.json", "provenance.json", "recipe.json"}
    assert files(public) == {
        *documents,
        "VideoInfo.json",
        *(f"Videos/{name}.mp4" for name in PARTS),
        "SaliencyTrain/Train/alpha.mp4",
        "SaliencyTest/Test/beta.mp4",
        "FixationsTrain/Train/alpha/fixations.json",
        "FixationsTest/Test/beta/fixations.json",
        *(f"FixationsTrain/Train/alpha/fixations/{picture}" for picture in pictures),
        *(f"FixationsTest/Test/beta/fixations/{picture}" for picture in pictures),
    }
    assert files(private) == {
        *documents,
        "SaliencyTest/Test/gamma.mp4",
        "FixationsTest/Test/gamma/fixations.json",
        *(f"FixationsTest/Test/gamma/fixations/{picture}" for picture in pictures),
    }
    assert summary.clips == {"train": 1, "public_test": 1, "private_test": 1}
    assert summary.frames == 12 and summary.fixation_points == 36
    json.dumps(summary.document())


def test_ntire26_names_the_pictures_otherwise(tmp_path, items):
    public, private, _ = release(tmp_path, items, layout=NTIRE26)
    assert "FixationsTrain/Train/alpha/fixations_maps/001.png" in files(public)
    assert open_dataset(public).layout is open_dataset(private).layout is NTIRE26


def test_crowdsal_has_two_folders_and_metadata_without_private_truth(tmp_path, items):
    public, private, _ = release(tmp_path, items, layout=CROWDSAL)
    documents = {"README.md", "SHA256SUMS", "provenance.json", "recipe.json"}
    documents |= {"Train/metadata.jsonl", "Test/metadata.jsonl"}
    assert files(public) == {
        *documents,
        "Train/Videos/alpha.mp4",
        "Train/Saliency/alpha.mp4",
        "Train/Fixations/alpha.json",
        *(f"Test/Videos/{name}.mp4" for name in ("beta", "gamma")),
        "Test/Saliency/beta.mp4",
        "Test/Fixations/beta.json",
    }
    assert files(private) == {*documents, "Test/Saliency/gamma.mp4", "Test/Fixations/gamma.json"}
    lines = [json.loads(line) for line in (public / "Test/metadata.jsonl").read_text().splitlines()]
    assert [(line["file_name"], line["part"], line["licence"]) for line in lines] == [
        ("Videos/beta.mp4", "public_test", "CC-BY-4.0"),
        ("Videos/gamma.mp4", "private_test", "CC-BY-4.0"),
    ]
    text = (public / "README.md").read_text()
    assert "--truth Test/Saliency" in text and "--mode crowdsal" in text and "pictures" not in text


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_names_frames_and_facts_agree(tmp_path, items, layout):
    public, private, summary = release(tmp_path, items, layout=layout)
    assert open_dataset(private).parts() == open_dataset(public).parts()
    dataset = open_dataset(public)
    assert dataset.parts() == {"train": ["alpha"], "public_test": ["beta"], "private_test": ["gamma"]}
    for name in ("alpha", "beta"):
        frames = {
            probe(dataset.video(name)).frames,
            probe(dataset.saliency(name)).frames,
            len(read_fixations(dataset.fixations_file(name))),
        }
        assert frames == {4}
    info = dataset.video_info()
    assert info["beta"]["fps"] == "30000/1001" and info["beta"]["licence"] == "CC-BY-4.0"
    assert info["gamma"]["frames"] == 4 and info["gamma"]["simulated"] is False
    assert summary.not_30_fps == {"beta": "30000/1001", "gamma": "25/1"}
    assert json.loads((public / "recipe.json").read_text()) == RECIPE
    with pytest.raises(BadInput, match="no truth of private_test"):
        dataset.saliency("gamma")


def test_the_scorer_reads_both_folders(tmp_path, items):
    public, private, _ = release(tmp_path, items)
    for folder, name in ((public, "beta"), (private, "gamma")):
        truth = folder / "SaliencyTest/Test"
        scores = evaluate(predictions=truth, truth=truth, fixations=folder / "FixationsTest/Test").document()
        assert list(scores["videos"]) == [name]
        assert scores["mean"]["cc"] == pytest.approx(1)


def test_pictures_are_black_with_white_points(tmp_path, items):
    public, _, _ = release(tmp_path, items)
    folder = public / "FixationsTrain/Train/alpha"
    picture = cv2.imread(str(folder / "fixations/003.png"), cv2.IMREAD_UNCHANGED)
    points = read_fixations(folder / "fixations.json")[2]
    assert picture.shape == (36, 64) and set(np.unique(picture)) == {0, 255}
    assert {tuple(p) for p in np.argwhere(picture).tolist()} == {tuple(p) for p in points.tolist()}


def test_pictures_can_be_left_out(tmp_path, items):
    public, _, _ = release(tmp_path, items, pictures=False)
    assert not list(public.rglob("*.png"))


def test_checksums_hold_for_every_file(tmp_path, items):
    for folder in release(tmp_path, items)[:2]:
        lines = (folder / "SHA256SUMS").read_text().splitlines()
        sums = {path: digest for digest, path in (line.split("  ") for line in lines)}
        assert set(sums) == files(folder) - {"SHA256SUMS"}
        assert all(hashlib.sha256((folder / p).read_bytes()).hexdigest() == d for p, d in sums.items())


def test_the_same_contents_give_the_same_bytes_in_any_order(tmp_path, items):
    first = release(tmp_path, items, "a")[2]
    second = release(tmp_path, items[::-1], "b")[2]
    assert first == second


def test_a_video_longer_than_its_fixations_is_cut(tmp_path, items):
    long = make_item(tmp_path / "items", "long", "train", frames=9, map_frames=6)
    public, _, _ = release(tmp_path, [*items, long])
    assert probe(public / "Videos/long.mp4").frames == 6
    assert open_dataset(public).video_info()["long"]["frames"] == 6


def test_the_readme_tells_what_a_user_must_know(tmp_path, items):
    public, private, _ = release(tmp_path, items, collection="By hand.", version="2.1")
    text = (public / "README.md").read_text()
    for told in (
        "# A set, version 2.1\n",
        "Made for a test.",
        "By hand.",
        "| `train` | 1 | 4 | 0.1 | 12 | `SaliencyTrain/Train` |",
        "| `beta` | 30000/1001 |",
        "| `gamma` | 25/1 |",
        "CC-BY-4.0 (3)",
        "| `alpha` | CC-BY-4.0 | Some \\| body | https://example.org |",
        "cursal evaluate",
        '"lag_ms": 300',
    ):
        assert told in text
    assert "| `alpha` | 30/1 |" not in text
    assert "SIMULATED" not in text
    assert "Not for handing" in (private / "README.md").read_text()


def test_the_round_trip_error_of_the_maps_is_measured(tmp_path, items):
    assert 0 < release(tmp_path, items)[2].map_error_levels < 32
    exact = make_item(tmp_path / "exact", "exact", "train", encoding="exact")
    assert release(tmp_path, [exact], "b")[2].map_error_levels == 0


def test_a_simulated_study_is_marked_in_every_document(tmp_path, items):
    public, private, _ = release(tmp_path, items, simulated=True)
    for folder in (public, private):
        assert "(SIMULATED)" in (folder / "README.md").read_text().splitlines()[0]
        assert json.loads((folder / "provenance.json").read_text())["simulated"] is True
    assert all(info["simulated"] is True for info in open_dataset(public).video_info().values())


def test_progress_counts_clips(tmp_path, items):
    calls = []
    release(tmp_path, items, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]


def spoil_points(change):
    def spoil(item):
        points = json.loads(item.fixations.read_text())
        change(points)
        item.fixations.write_text(json.dumps(points))
        return item

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda item: replace(item, info={"licence": " "}), "no licence is stated for alpha"),
        (lambda item: replace(item, info={}), "no licence is stated for alpha"),
        (lambda item: replace(item, name="bet"), "'bet' begins the name 'beta'"),
        (lambda item: replace(item, name="../up"), "cannot be a clip's name"),
        (lambda item: replace(item, part="test"), "alpha is in the part 'test'"),
        (spoil_points(lambda points: points[1].clear()), "alpha: frame 1 of fixations.json has no point"),
        (
            spoil_points(lambda points: points[3].append([36, 0])),
            "alpha: frame 3 of fixations.json has the point .* outside",
        ),
        (spoil_points(lambda points: points.pop()), "map has 4 frames, the fixations 3"),
        (spoil_points(lambda points: points.append([[0, 0]])), "map has 4 frames, the fixations 5"),
    ],
)
def test_an_unfit_clip_is_refused_and_nothing_is_left(tmp_path, items, spoil, message):
    items[0] = spoil(items[0])
    with pytest.raises(BadInput, match=message):
        release(tmp_path, items)
    assert not files(tmp_path / "release")


def test_a_map_of_another_size_or_rate_is_refused(tmp_path, items):
    swapped = replace(items[0], saliency=items[2].saliency)
    with pytest.raises(BadInput, match="map has 25 frames a second, the video 30"):
        release(tmp_path, [swapped, *items[1:]])


def test_no_clip_and_a_folder_in_use_are_refused(tmp_path, items):
    with pytest.raises(BadInput, match="needs clips"):
        release(tmp_path, [])
    (tmp_path / "used" / "public").mkdir(parents=True)
    (tmp_path / "used" / "public" / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="not an empty folder"):
        release(tmp_path, items, "used")
    assert (tmp_path / "used" / "public" / "notes.txt").read_text() == "mine"
