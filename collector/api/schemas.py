"""What several calls take or answer."""

from ninja import Schema
from pydantic import ConfigDict


class Payload(Schema):
    """What a page sends. Nothing is guessed: "yes" is not true, and a key that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Payload):
    """An empty object."""


class NextStep(Schema):
    """The step that the visit is at now."""

    next: str
