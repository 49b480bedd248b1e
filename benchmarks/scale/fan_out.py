"""One worker, then two, for builds and for evaluations; and what a unit costs and takes up."""

from pathlib import Path
from statistics import fmean

from django.core.management import call_command

from benchmarks.scale import world
from benchmarks.scale.size import Size
from benchmarks.scale.workers import Cost, cost_of
from benchmarks.table import Row
from collector.models import Study
from webapp.datasets.models import Build, ContentFeatures, Release
from webapp.datasets.services import builds_request, recipe_freeze
from webapp.leaderboard.services.handing_out import evaluation_hand_out

# One, two, two, one: a machine that grows slower or faster meanwhile does so for both alike.
ROUNDS = (1, 2, 2, 1)


def rows(size: Size, folder: Path) -> list[Row]:
    """Clips a minute with one and with two workers, processor time a gigapixel of map, bytes a frame and a point."""
    call_command("migrate", verbosity=0)
    study = world.make_study(size, folder)
    builds, built = _builds(study)
    scored = [
        _scored(world.make_release(study, builds, number), folder, workers)
        for number, workers in enumerate(ROUNDS, 1)
    ]
    stored = world.stored_bytes(builds)
    points = sum(map(world.points_of, builds))
    return [
        *_speed("builds", built, size),
        *_speed("clips scored", scored, size),
        Row("maps, near-lossless", stored["maps"] / size.clips / size.frames / 1024, "KiB/frame"),
        Row("fixations", stored["fixations"] / points, "bytes/point"),
    ]


def _builds(study: Study) -> tuple[list[Build], list[Cost]]:
    """The finished builds of the last round, and what each round cost; every round builds rows of its own."""
    costs = []
    for number, workers in enumerate(ROUNDS, 1):
        warm = recipe_freeze(name=f"warm-up {number}", document={"lag_ms": number})
        recipe = recipe_freeze(name=f"measured {number}", document={"lag_ms": 300 + number})
        warm_up = builds_request(study=study, recipe=warm)[:workers]
        waiting = builds_request(study=study, recipe=recipe)
        ContentFeatures.objects.all().delete()  # the first build of a clip measures them
        costs.append(cost_of(waiting, workers, warm_up))
    done = Build.objects.filter(recipe=recipe).select_related("rendition__stimulus").order_by("pk")
    return list(done), costs


def _scored(release: Release, folder: Path, workers: int) -> Cost:
    warm_up = evaluation_hand_out(world.hand_in(release, folder).pk)[:workers]
    return cost_of(evaluation_hand_out(world.hand_in(release, folder).pk), workers, warm_up)


def _speed(what: str, costs: list[Cost], size: Size) -> list[Row]:
    one, two = (
        _mean([cost for cost, workers in zip(costs, ROUNDS, strict=True) if workers == n]) for n in (1, 2)
    )
    gigapixels = size.clips * size.megapixels / 1000
    alone = Row(f"{what}, one worker", size.clips * 60 / one.wall_s, "clips/min")
    both = Row(
        f"{what}, two workers",
        size.clips * 60 / two.wall_s,
        "clips/min",
        "one worker",
        one.wall_s / two.wall_s,
    )
    unit = "s/gigapixel"
    cost = Row(f"{what}, processor time", one.cpu_s / gigapixels, unit, better="lower")
    cost_of_two = Row(
        f"{what}, processor time, two workers",
        two.cpu_s / gigapixels,
        unit,
        "one worker",
        two.cpu_s / one.cpu_s,
        better="lower",
    )
    return [alone, both, cost, cost_of_two]


def _mean(costs: list[Cost]) -> Cost:
    return Cost(fmean(cost.wall_s for cost in costs), fmean(cost.cpu_s for cost in costs))
