import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.io import savemat

from processing.errors import BadInput
from processing.gaze import BLINK, FIXATION, PURSUIT, PX_PER_DEG, SACCADE, LabelledGaze
from processing.label_agreement import Agreement, agreement_with_labels
from processing.label_agreement_command import check_fixations_command

RATE_HZ = 500


def labelled(coder="RA", shift=0):
    """Eyes that rest for 300 ms and jump 5 degrees within 30 ms, a hundred times over, with a coder's labels."""
    rng = np.random.default_rng(0)
    x, label = [], []
    for number in range(100):
        here, there = (5 * (side % 2) * PX_PER_DEG + 300 for side in (number, number + 1))
        x += [np.full(150, here), np.linspace(here, there, 17)[1:-1]]
        label += [np.full(150, FIXATION if number % 3 else PURSUIT), np.full(15, SACCADE)]
    x_px = np.concatenate(x) + rng.normal(0, 0.3, 165 * 100)
    marks = np.roll(np.concatenate(label), shift)
    x_px[:40], marks[:40] = np.nan, BLINK
    return LabelledGaze("A1", "jump", coder, RATE_HZ, x_px, np.where(np.isnan(x_px), np.nan, 200.0), marks)


def test_made_up_jumps_are_found_as_they_are_labelled():
    found = agreement_with_labels([labelled()])["pooled"]
    assert found["ivt"]["kappa"] > 0.7
    assert found["idt"]["kappa"] > 0.7
    assert found["all"]["kappa"] == pytest.approx(0, abs=1e-9)
    assert found["all"]["samples"] == 165 * 100 - 40
    assert "coders" not in found


def test_two_coders_are_held_against_each_other():
    found = agreement_with_labels([labelled(), labelled("MN", shift=2)])
    assert 0.8 < found["pooled"]["coders"]["kappa"] < 1
    assert [row["coder"] for row in found["recordings"]] == ["RA", "MN"]


def test_kappa_is_agreement_beyond_chance():
    one = np.array([True] * 45 + [False] * 55)
    other = np.array([True] * 35 + [False] * 10 + [True] * 5 + [False] * 50)
    found = Agreement.of(one, other)
    assert found.share == pytest.approx(0.85)
    assert found.kappa == pytest.approx((0.85 - 0.51) / 0.49)
    assert Agreement.of(one, ~one).kappa < 0
    assert Agreement.of(one[:40], one[:40]).kappa is None


def test_the_command_reads_a_folder_and_a_recipe(tmp_path):
    gaze = labelled()
    rows = np.zeros((len(gaze.label), 6))
    rows[:, 0] = np.arange(len(rows)) * 2000 + 5
    rows[:, 3], rows[:, 4], rows[:, 5] = np.nan_to_num(gaze.x_px), np.nan_to_num(gaze.y_px), gaze.label
    savemat(tmp_path / "A1_video_jump_labelled_RA.mat", {"ETdata": {"pos": rows}})
    (tmp_path / "slow.toml").write_text('fixations = "ivt"\nivt_speed_px_s = 400.0\n')
    out = tmp_path / "out.json"
    ran = CliRunner().invoke(
        check_fixations_command,
        ["--recordings", str(tmp_path), "--recipe", str(tmp_path / "slow.toml"), "--out", str(out)],
    )
    assert ran.exit_code == 0, ran.output
    found = json.loads(out.read_text())
    assert set(found["pooled"]) == {"all", "ivt", "idt", "slow"}
    assert found["recipes"]["slow"]["ivt_speed_px_s"] == 400
    assert "kappa" in ran.output


def test_a_folder_without_labels_is_refused(tmp_path):
    ran = CliRunner().invoke(check_fixations_command, ["--recordings", str(tmp_path)])
    assert isinstance(ran.exception, BadInput)
    (tmp_path / "ivt.toml").write_text("")
    ran = CliRunner().invoke(
        check_fixations_command, ["--recordings", str(tmp_path), "--recipe", str(tmp_path / "ivt.toml")]
    )
    assert "call it otherwise" in str(ran.exception)
