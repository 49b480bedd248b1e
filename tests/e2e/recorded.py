"""What the chunks of a trial hold, for tests that ask what a visit has recorded."""

from collector.models import TrackChunk, Trial
from collector.protocol import Chunk, read_chunk


def chunks_of(trial: Trial) -> list[Chunk]:
    """All of them, in order."""
    bodies = TrackChunk.objects.filter(trial=trial).order_by("number").values_list("body", flat=True)
    return [read_chunk(bytes(body)) for body in bodies]


def marks_of(trial: Trial) -> list[int]:
    """Times of the marks, page clock µs."""
    return [t_us for chunk in chunks_of(trial) for t_us in chunk.marks.t_us]


def events_of(trial: Trial) -> dict[str, list[tuple[int, str]]]:
    """(page clock µs, detail) by kind."""
    found: dict[str, list[tuple[int, str]]] = {}
    for events in (chunk.events for chunk in chunks_of(trial)):
        for t_us, kind, detail in zip(events.t_us, events.kind, events.detail, strict=True):
            found.setdefault(kind, []).append((t_us, detail))
    return found


def states_of(trial: Trial) -> list[str]:
    """The states that the trial went through."""
    return [state for _, state in events_of(trial)["state"]]
