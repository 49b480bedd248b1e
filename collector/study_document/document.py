"""The study as one document: everything that shapes what an observer meets, frozen and hashed at launch."""

import hashlib
import json
from typing import Any

from pydantic import Field, ValidationError, model_validator

from collector import strict_json
from collector.study_document.conduct import Checks, Interruptions, Resume
from collector.study_document.consent import Consent
from collector.study_document.part import Language, Part
from collector.study_document.viewing import Foveation, Viewing
from processing.errors import BadInput


class TrackRules(Part):
    """When the first verdict on a track is 'valid'. Each number is a setting of the study."""

    min_mapped_share: float = Field(0.8, ge=0, le=1, description="share of the clip with mapped samples")
    min_sample_rate_hz: float = Field(
        3.0, ge=0, description="distinct times of moves a second (AIM24 rule); rests are none"
    )
    max_outside_share: float = Field(0.5, ge=0, le=1, description="share of samples outside the picture")
    min_frames_shown_share: float = Field(0.8, ge=0, le=1, description="share of frames that were presented")

    def fingerprint(self) -> str:
        """Hash that stands in every verdict: of the numbers, and of what they are numbers of."""
        return _digest({"meaning": RULES_MEANING, **self.model_dump(mode="json")})


RULES_MEANING = 2  # raised whenever a rule begins to measure something else; 2: the rate is of moves alone


class StudyDocument(Part):
    """Everything an observer meets. A change makes a new version of the study."""

    title: str = Field(min_length=1, max_length=200)
    languages: tuple[Language, ...] = Field(("en", "zh-hans"), min_length=1)
    consent: Consent = Consent()
    clips_per_visit: int = Field(20, ge=1, le=200)
    target_observers: int = Field(70, ge=1, le=10_000, description="valid tracks wanted for each stimulus")
    hold_after_end_s: float = Field(0.8, ge=0, le=5, description="recording goes on on the held last frame")
    pause_between_s: float = Field(2.0, ge=0, le=60)
    max_attempts: int = Field(3, ge=1, le=10, description="times that a clip may be started by one observer")
    min_window_width_px: int = Field(1000, ge=320)
    min_window_height_px: int = Field(600, ge=240)
    fullscreen: bool = True
    practice_min_inside_share: float = Field(
        0.5, ge=0, le=1, description="share of practice time near the moving target that passes"
    )
    reservation_minutes: int = Field(60, ge=5, le=24 * 60)
    foveation: Foveation = Foveation()
    viewing: Viewing = Viewing()
    interruptions: Interruptions = Interruptions()
    checks: Checks = Checks()
    resume: Resume = Resume()
    rules: TrackRules = TrackRules()
    return_url: str = Field("", max_length=300, description="where the thanks page links to; may hold {code}")

    @model_validator(mode="after")
    def _pay_is_said_in_every_language(self) -> "StudyDocument":
        missing = [language for language in self.languages if language not in self.consent.pay]
        if self.consent.pay and missing:
            raise ValueError(
                f"consent.pay has no sentence in {', '.join(missing)}: what people are paid has to be told in every "
                "language that the study offers"
            )
        return self

    @classmethod
    def from_mapping(cls, mapping: dict[str, Any]) -> "StudyDocument":
        """Check a plain mapping; raises BadInput with one line that names the key."""
        for key, value in mapping.items():
            try:
                strict_json.require_storable(value)
            except BadInput as error:
                raise BadInput(f"study document, {key}: {error}") from error
        try:
            return cls.model_validate(mapping)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "document"
            raise BadInput(f"study document, {where}: {first['msg']}") from error

    def canonical(self) -> dict[str, Any]:
        """All keys, JSON-able, in the order of definition."""
        return self.model_dump(mode="json")

    def sha256(self) -> str:
        """Hash of the canonical JSON text."""
        return _digest(self.canonical())


def _digest(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
