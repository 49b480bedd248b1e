"""The study as one document: everything that shapes what an observer meets, frozen and hashed at launch."""

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from processing.errors import BadInput

Share = Annotated[float, Field(gt=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Consent(_Part):
    """The text that observers agree to, one paragraph list a language."""

    version: str = "1"
    text: dict[str, list[str]] = Field(
        default_factory=lambda: {
            "en": [
                "You will watch short videos. They are blurred except for a clear window around your cursor. "
                "Move the mouse so that you always see what interests you.",
                "We record where your cursor is while you watch, your browser's name, and the size of your "
                "window. We do not record your name, your address on the network, your camera or your "
                "microphone.",
                "Taking part is voluntary. You can stop at any time with the button at the foot of each page; "
                "what was recorded for this visit is then not used.",
            ],
            "zh-hans": [
                "您将观看一些短视频。画面是模糊的，只有光标周围的窗口是清晰的。请移动鼠标，随时看清您感兴趣的内容。",
                "我们会记录您观看时光标的位置、浏览器名称和窗口大小。我们不会记录您的姓名、网络地址、摄像头或麦克风。",
                "参与完全自愿。您可以随时用页面底部的按钮退出；届时本次参与所记录的内容将不会被使用。",
            ],
        },
        min_length=1,
    )

    def paragraphs(self, language: str) -> list[str]:
        """The text in `language`, or in English, or in whatever there is."""
        return self.text.get(language) or self.text.get("en") or next(iter(self.text.values()))


class Foveation(_Part):
    """Blur and clear window, as shares of the picture's width, drawn in video pixels.

    Defaults follow OpenSAL360 (clear window of radius 20 % of the width with a linear ramp) and BubbleView
    (blur strong enough that text outside the window cannot be read).
    """

    blur_sigma_share: Share = 0.02
    window_radius_share: Share = 0.15
    edge_share: Share = 0.05


class TrackRules(_Part):
    """When the first verdict on a track is 'valid'. Each number is a setting of the study."""

    min_mapped_share: float = Field(0.8, ge=0, le=1, description="share of the clip with mapped samples")
    min_sample_rate_hz: float = Field(3.0, ge=0, description="distinct sample times a second (AIM24 rule)")
    max_outside_share: float = Field(0.5, ge=0, le=1, description="share of samples outside the picture")
    min_frames_shown_share: float = Field(0.8, ge=0, le=1, description="share of frames that were presented")

    def fingerprint(self) -> str:
        """Hash that stands in every verdict."""
        return _digest(self.model_dump(mode="json"))


class StudyDocument(_Part):
    """Everything an observer meets. A change makes a new version of the study."""

    title: str = Field(min_length=1, max_length=200)
    languages: tuple[Literal["en", "zh-hans"], ...] = ("en", "zh-hans")
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
    rules: TrackRules = TrackRules()
    return_url: str = Field("", max_length=300, description="where the thanks page links to; may hold {code}")

    @classmethod
    def from_mapping(cls, mapping: dict[str, Any]) -> "StudyDocument":
        """Check a plain mapping; raises BadInput with one line that names the key."""
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
