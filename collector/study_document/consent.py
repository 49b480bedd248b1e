"""What observers agree to."""

from typing import Annotated

from pydantic import Field, StringConstraints

from collector.study_document.part import Language, Part

Paragraphs = Annotated[list[str], Field(min_length=1)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]


class Consent(Part):
    """The text that observers agree to, one paragraph list a language, and what they get for it."""

    version: str = Field("1", min_length=1, max_length=40)
    text: dict[str, Paragraphs] = Field(
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
    pay: dict[Language, Sentence] = Field(
        default_factory=dict, description="what taking part is paid, or that it is not; in every language"
    )

    def paragraphs(self, language: str) -> list[str]:
        """The text in `language`, or in English, or in whatever there is."""
        return self.text.get(language) or self.text.get("en") or next(iter(self.text.values()))

    def pay_in(self, language: str) -> str:
        """What is said of pay in `language`; empty where the study says nothing."""
        return {str(code): sentence for code, sentence in self.pay.items()}.get(language, "")

    def agreed(self, language: str) -> list[str]:
        """All that an observer agrees to in `language`: the text, and the sentence on pay where there is one."""
        pay = self.pay_in(language)
        return [*self.paragraphs(language), *([pay] if pay else [])]
