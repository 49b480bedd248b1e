"""What the page of each step says besides its fixed words."""

from collections.abc import Callable, Mapping
from typing import Any

from collector import recruiters, selectors, tones
from collector.models import Assignment, SoundCheck

Step = Assignment.Step
Words = Mapping[str, Any]

STEPPER = (Step.CONSENT, Step.CHECK, Step.PRACTICE, Step.WATCH, Step.DONE)
DEVICE_CHECKS = (
    "desktop", "browser", "window", "picture", "storage", "site", "mouse", "refresh", "drawing",
)  # fmt: skip
# One more than are ever played: who hears the most that there are must not be sure that these are all.
TONE_CHOICES = range(tones.COUNTS.start, tones.COUNTS.stop + 1)


def page_content(assignment: Assignment, language: str, words: Words) -> dict[str, Any]:
    """The template's variables that only this step has; `words` is the catalogue of `language`."""
    contents: dict[str, Callable[[], dict[str, Any]]] = {
        Step.CONSENT: lambda: _consent(assignment, language, words),
        Step.CHECK: lambda: _check(assignment, words),
        Step.PRACTICE: lambda: {"tones": TONE_CHOICES},
        Step.WATCH: lambda: {"tones": TONE_CHOICES},
        Step.DONE: lambda: _code(assignment, assignment.completion_code),
        Step.WITHDRAWN: lambda: _code(assignment, assignment.completion_code),
        Step.SCREENED: lambda: _early_end(assignment, words["screened"], otherwise="other"),
        Step.CLOSED: lambda: _early_end(assignment, words["closed"], otherwise="study_closed"),
    }
    return contents.get(assignment.step, dict)()


def stepper(assignment: Assignment, labels: Mapping[str, str]) -> list[dict[str, str]]:
    """The steps of this visit with their states; none for a visit that ended on the way."""
    steps = list(STEPPER)
    if not assignment.version.study_stimuli.filter(practice=True).exists():
        steps.remove(Step.PRACTICE)
    if assignment.step not in steps:
        return []
    place = steps.index(Step(assignment.step))
    states = ["done"] * place + ["current"] + ["ahead"] * (len(steps) - place - 1)
    return [{"label": labels[step], "state": state} for step, state in zip(steps, states, strict=True)]


def check_parts(assignment: Assignment) -> list[str]:
    """What is checked with this observer, in order: the computer always, the rest as the study has it."""
    document = assignment.version.document
    start = SoundCheck.Moment.START
    asked = {
        "device": True,
        "pointing": True,
        "calibration": document.viewing.calibration != "off",
        "follow": document.checks.follow_min_share > 0,
        "sound": selectors.sound_is_checked(assignment, start)
        and not selectors.sound_passed(assignment, start),
    }
    return [name for name, wanted in asked.items() if wanted]


def _consent(assignment: Assignment, language: str, words: Words) -> dict[str, Any]:
    document = assignment.version.document
    return {
        "about": words["consent"]["about"].format(study=document.title),
        "paragraphs": document.consent.paragraphs(language),
        "pay": document.consent.pay_in(language),
        "minutes": words["consent"]["minutes"].format(
            minutes=selectors.study_visit_minutes(assignment.version)
        ),
    }


def _check(assignment: Assignment, words: Words) -> dict[str, Any]:
    distance_cm = assignment.version.document.viewing.distance_cm
    labels = words["check"]["parts"]
    return {
        "parts": [(name, labels[name]) for name in check_parts(assignment)],
        "checks": [(name, words["check"][name]) for name in DEVICE_CHECKS],
        "calibration_lead": words["calibration"]["lead"].format(distance=f"{distance_cm:g}"),
        "tones": TONE_CHOICES,
    }


def _early_end(assignment: Assignment, reasons: Mapping[str, str], otherwise: str) -> dict[str, Any]:
    why = reasons.get(assignment.exit_reason, reasons[otherwise])
    return {"why": why, **_code(assignment, assignment.exit_code)}


def _code(assignment: Assignment, code: str) -> dict[str, Any]:
    """A code with the way back to the panel; nothing where there is none."""
    if not code:
        return {}
    return_url = assignment.version.document.return_url
    return {"code": code, "return_url": recruiters.completion_url(assignment.recruiter, return_url, code)}
