"""Rows as a life of the site leaves them, without files: what pages show is read from rows alone."""

import uuid
from collections import defaultdict
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from collector.models import (
    Assignment,
    Check,
    Observer,
    ProblemReport,
    Rendition,
    Slot,
    Stimulus,
    Track,
    Trial,
    Verdict,
)
from collector.services import studies
from collector.study_document import StudyDocument
from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Build, ContentFeatures, Release, ReleaseItem, Split
from webapp.datasets.services import recipe_freeze
from webapp.leaderboard.models import Evaluation, Submission
from webapp.plans.models import Plan

PARTS = ("train", "train", "public_test", "private_test")
SCORES = {"auc_judd": 0.85, "cc": 0.61, "sim": 0.52, "nss": 2.1}


def digest():
    return uuid.uuid4().hex * 2


def staff(**rights):
    return get_user_model().objects.create_superuser("curator", password="a long password", **rights)


def researcher(name="ada@example.org"):
    return get_user_model().objects.create_user(name, email=name, password="a long password")


def make_stimulus(name, **changes):
    [stimulus] = make_stimuli([name], **changes)
    return stimulus


def make_stimuli(names, *, state="done", **changes):
    """One clip a name; those that are done have their rendition and its features."""
    stimuli = Stimulus.objects.bulk_create(
        Stimulus(
            **{"name": name, "licence": "CC0-1.0", "original_sha256": digest(), "state": state} | changes
        )
        for name in names
    )
    if state == "done":
        renditions = Rendition.objects.bulk_create(
            Rendition(
                stimulus=stimulus,
                sha256=digest(),
                bytes=1000,
                fps_num=30,
                fps_den=1,
                frames=60,
                width=640,
                height=360,
            )
            for stimulus in stimuli
        )
        ContentFeatures.objects.bulk_create(
            ContentFeatures(
                rendition=rendition,
                features={"si": 40.0 + len(rendition.stimulus.name), "ti": 12.5, "motion": 3.0},
            )
            for rendition in renditions
        )
    return stimuli


def make_study(slug="clouds", *, clips=4, title="", simulated=False, target=3):
    """An open study with its clips."""
    study = studies.study_create(slug=slug, title=title or slug.title(), simulated=simulated)
    studies.study_version_freeze(
        study=study,
        document=StudyDocument(title=study.title[:200], target_observers=target),
        stimuli=make_stimuli(f"{slug}-{n}" for n in range(clips)),
    )
    studies.study_open(study=study)
    study.refresh_from_db()
    return study


def make_visit(study, *, step="done", minutes_ago=0, grades=()):
    """A visit at a step; each of `grades` is a finished trial with its verdict, on one clip after another."""
    observer = Observer.objects.create(study=study, simulated=study.simulated)
    visit = Assignment.objects.create(observer=observer, version=study.version, step=step, seed=1)
    Assignment.objects.filter(pk=visit.pk).update(
        last_seen_at=timezone.now() - timedelta(minutes=minutes_ago)
    )
    shown = [row.stimulus for row in study.version.study_stimuli.order_by("pk")]
    for position, (grade, stimulus) in enumerate(zip(grades, shown, strict=False), start=1):
        slot = Slot.objects.create(
            assignment=visit, stimulus=stimulus, position=position, reserved_until=timezone.now()
        )
        trial = Trial.objects.create(
            slot=slot, rendition=stimulus.rendition, number=1, phase=Trial.Phase.FINISHED, state="done"
        )
        track = Track.objects.create(trial=trial, sha256=digest(), bytes=1, samples=500, moves=400, marks=60)
        reasons = [] if grade == "valid" else [{"code": "too_few_samples", "seen": 1.2, "threshold": 3}]
        Verdict.objects.create(track=track, grade=grade, reasons=reasons, rules_fingerprint="")
    return visit


def make_problem(visit, text="The sound was gone."):
    return ProblemReport.objects.create(assignment=visit, page="watch", text=text)


def fail_check(visit):
    return Check.objects.create(assignment=visit, passed=False, results={"window": {"passed": False}})


def make_recipe(name="plain"):
    return recipe_freeze(name=name, document={"sigma_px": 4.0 + len(name)})


def make_builds(study, recipe, **changes):
    """A finished build for each clip of the study, from all its valid tracks."""
    stimuli = [row.stimulus for row in study.version.study_stimuli.select_related("stimulus").order_by("pk")]
    valid = Track.objects.filter(trial__slot__stimulus__in=stimuli, verdicts__grade="valid")
    tracks = defaultdict(list)
    for track, stimulus in valid.values_list("pk", "trial__slot__stimulus"):
        tracks[stimulus].append(track)
    builds = Build.objects.bulk_create(
        Build(
            study=study,
            rendition=stimulus.rendition,
            recipe=recipe,
            tracks_digest=digest(),
            **{
                "state": "done",
                "report": {"frames": 60, "sigma_px": 19.2},
                "observers_used": len(tracks[stimulus.pk]),
                "fixations_sha256": digest(),
                "saliency_sha256": digest(),
                "started_at": timezone.now() - timedelta(seconds=75),
                "finished_at": timezone.now(),
            }
            | changes,
        )
        for stimulus in stimuli
    )
    built_from = Build.tracks.through
    built_from.objects.bulk_create(
        built_from(build=build, track_id=track)
        for build, stimulus in zip(builds, stimuli, strict=True)
        for track in tracks[stimulus.pk]
    )
    return builds


def make_release(study, builds, *, number=1, title="", **changes):
    """A finished release of these builds."""
    parts = {build.rendition.stimulus.name: PARTS[place % len(PARTS)] for place, build in enumerate(builds)}
    document = {part: sorted(name for name in parts if parts[name] == part) for part in dict.fromkeys(PARTS)}
    report = {
        part: {"clips": len(names), "share": 0.3, "features": {"si": {"ks": 0.1}, "ti": {"ks": 0.2}}}
        for part, names in document.items()
    }
    split = Split.objects.create(
        study=study, seed=number, shares={}, document=document, report=report, fingerprint=digest()
    )
    fields = {
        "state": "done",
        "public_sha256": digest(),
        "public_bytes": 5_000_000,
        "private_sha256": digest(),
        "private_bytes": 90_000,
        "finished_at": timezone.now(),
    } | changes
    release = Release.objects.create(
        study=study,
        number=number,
        recipe=builds[0].recipe,
        split=split,
        title=title or study.title,
        simulated=study.simulated,
        contents_digest=digest(),
        **fields,
    )
    ReleaseItem.objects.bulk_create(
        ReleaseItem(release=release, build=build, name=name, part=parts[name])
        for build in builds
        for name in [build.rendition.stimulus.name]
    )
    return release


def make_scores(release, name, *, kind="team", videos=None, state="done", better=0.0, **changes):
    """A submission with its evaluation; `better` is added to every score."""
    submission = Submission.objects.create(
        release=release, name=name, kind=kind, predictions_sha256=digest(), predictions_bytes=10
    )
    scores = {metric: score + better for metric, score in SCORES.items()}
    results = {
        "mode": "corrected",
        "mean": scores,
        "mean_by_frames": scores,
        "videos": dict.fromkeys(videos or ["clip-a", "clip-b"], scores),
        "frames": dict.fromkeys(videos or ["clip-a", "clip-b"], 60),
        "failed": {},
        "warnings": [],
    }
    fields = {"state": state} | ({"results": results, **scores} if state == "done" else {}) | changes
    return Evaluation.objects.create(submission=submission, **fields)


def make_run(release, baseline="small_net", **changes):
    fields = {
        "state": "done",
        "phase": "finished",
        "curve": [[0, 2.5], [10, 1.5], [20, 1.2]],
        "exit_status": 0,
    }
    fields |= {"log_tail": "epoch 1\nepoch 2", "facts": {"train started": {"device": "cpu"}}}
    return BaselineRun.objects.create(release=release, baseline=baseline, config=baseline, **fields | changes)


def make_plan(study, recipe, *, builds=(), release=None, runs=(), **changes):
    plan = Plan.objects.create(
        study=study, recipe=recipe, release=release, split=release.split if release else None, **changes
    )
    plan.builds.set(builds)
    plan.runs.set(runs)
    return plan


def whole_life(slug="clouds", *, clips=4, visits=3, teams=1, title=""):
    """A study from visits to scores, with one of everything on its way."""
    study = make_study(slug, clips=clips, title=title)
    for number in range(visits):
        make_problem(make_visit(study, grades=["valid"] * (clips - number % 2) + ["rejected"]))
    make_visit(study, step="watch")
    fail_check(make_visit(study, step="check", minutes_ago=90))
    recipe = make_recipe(f"recipe of {slug}"[:80])
    builds = make_builds(study, recipe)
    release = make_release(study, builds)
    names = release.split.document["public_test"]
    run = make_run(release)
    evaluation = make_scores(release, "center_prior", kind="baseline", videos=names)
    run.submission = evaluation.submission
    run.save()
    for number in range(teams):
        make_scores(release, f"team {number}", better=number / 1e5, videos=names)
    plan = make_plan(study, recipe, builds=builds, release=release, runs=[run], state="running")
    return study, release, run, plan, evaluation
