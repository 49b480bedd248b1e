import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from webapp.leaderboard.ranking import METRICS, Entry, rank

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def entry(name, auc_judd, cc, sim, nss, *, hour=0, baseline=False):
    scores = {"auc_judd": auc_judd, "cc": cc, "sim": sim, "nss": nss}
    return Entry(name, scores, NOON + dt.timedelta(hours=hour), baseline)


def names(placed):
    return [row.entry.name for row in placed]


SCORE = st.integers(0, 4).map(lambda level: level / 4)
ENTRIES = st.lists(
    st.builds(
        lambda scores, hour, baseline: (scores, hour, baseline),
        st.tuples(SCORE, SCORE, SCORE, SCORE),
        st.integers(0, 1000),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda drawn: drawn[1],
).map(
    lambda drawn: [
        entry(f"e{number}", *scores, hour=hour, baseline=baseline)
        for number, (scores, hour, baseline) in enumerate(drawn)
    ]
)


def test_the_published_aim24_board_is_ordered_by_the_mean_of_places():
    board = [
        entry("ZenithChaser", 0.869, 0.606, 0.517, 2.482),
        entry("VistaHL", 0.892, 0.769, 0.623, 3.352),
        entry("CV_MM", 0.894, 0.774, 0.635, 3.464),
        entry("centre prior", 0.833, 0.449, 0.424, 1.659, baseline=True),
    ]
    placed = rank(board)
    assert names(placed) == ["CV_MM", "VistaHL", "ZenithChaser", "centre prior"]
    assert [row.place for row in placed] == [1, 2, 3, None]
    assert [row.mean_place for row in placed[:3]] == [1, 2, 3]


def test_of_equal_means_the_higher_cc_wins_and_then_the_earlier():
    assert names(rank([entry("a", 0.9, 0.5, 0.5, 0.5), entry("b", 0.5, 0.9, 0.5, 0.5)])) == ["b", "a"]
    late, early = entry("late", 1, 1, 1, 1, hour=2), entry("early", 1, 1, 1, 1, hour=1)
    assert names(rank([late, early])) == ["early", "late"]
    assert [row.mean_place for row in rank([late, early])] == [1, 1]


@given(ENTRIES, st.randoms())
def test_the_order_of_the_input_does_not_matter(entries, rng):
    shuffled = list(entries)
    rng.shuffle(shuffled)
    assert names(rank(shuffled)) == names(rank(entries))


@given(ENTRIES)
def test_every_team_has_its_own_place_and_no_baseline_has_one(entries):
    placed = rank(entries)
    assert sorted(names(placed)) == sorted(one.name for one in entries)
    teams = [row for row in placed if not row.entry.baseline]
    assert [row.place for row in teams] == list(range(1, len(teams) + 1))
    assert all(row.place is None for row in placed if row.entry.baseline)


@given(ENTRIES)
def test_a_baseline_moves_nobody(entries):
    teams = [one for one in entries if not one.baseline]
    placed = {row.entry.name: (row.place, row.mean_place) for row in rank(entries)}
    assert all(placed[row.entry.name] == (row.place, row.mean_place) for row in rank(teams))


@given(ENTRIES)
def test_whoever_is_better_in_every_metric_stands_higher(entries):
    teams = [row for row in rank(entries) if row.place]
    for upper in teams:
        for lower in teams:
            if all(upper.entry.scores[metric] > lower.entry.scores[metric] for metric in METRICS):
                assert upper.place < lower.place
