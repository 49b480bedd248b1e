"""The wire format of a recording: numbered chunks of integer columns.

Times are microseconds on the page clock (`performance.now()`), positions hundredths of a CSS pixel in client
coordinates, origin at the top left of the window. Integers survive JSON in every language; floats do not.
`docs/wire-format.md` describes every field.
"""

import json
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from collector import strict_json
from processing.errors import BadInput

PROTOCOL_VERSION: Final = 1
CHUNK_INTERVAL_MS = 2000
MAX_CHUNK_BYTES = 64 * 1024  # what the page aims at
MAX_BODY_BYTES = 256 * 1024  # what the server takes
MAX_CHUNKS = 2000  # of one trial: over an hour at one chunk every two seconds
MAX_ROWS = 20_000  # of one column in one chunk

Time = Annotated[int, Field(strict=True, ge=0, lt=2**47)]  # four years of microseconds
Length = Annotated[int, Field(strict=True, ge=-10_000_000, le=10_000_000)]  # 100,000 CSS px either way
Size = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
Count = Annotated[int, Field(strict=True, ge=0, lt=2**31)]
Pixels = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Detail = Annotated[str, Field(max_length=200)]

MOVE, REST, START = 0, 1, 2  # kinds of samples

# Not literals, to which true is 1 and 1.0 too.
SampleKind = Annotated[int, Field(strict=True, ge=MOVE, le=START)]
Version = Annotated[int, Field(strict=True, ge=PROTOCOL_VERSION, le=PROTOCOL_VERSION)]

EventKind = Literal[
    # the trial's own course
    "start",
    "state",
    "hold",
    "held",
    "interrupted",
    "failed",
    # the clip
    "play",
    "play_refused",
    "playing",
    "waiting",
    "stalled",
    "stuck",
    "pause",
    "seeking",
    "seeked",
    "ratechange",
    "volume",
    "ended",
    "error",
    # the page and the computer
    "visibility",
    "page_left",
    "focus",
    "focus_lost",
    "fullscreen_entered",
    "fullscreen_left",
    "resized",
    "slept",
    "muted",
    "pointer_left",
    "pointer_returned",
    # the drawing
    "renderer",
    "renderer_lost",
]
EVENT_KINDS: Final[tuple[str, ...]] = get_args(EventKind)
Renderer = Literal["webgl2", "2d"]
Tier = Literal["full", "1080p", "720p"]


class _Columns(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _columns_are_of_one_length(self) -> "_Columns":
        lengths = {name: len(getattr(self, name)) for name in type(self).model_fields}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns differ in length: {lengths}")
        if max(lengths.values(), default=0) > MAX_ROWS:
            raise ValueError(f"more than {MAX_ROWS} rows in one chunk")
        return self


class Samples(_Columns):
    """Where the cursor was: every coalesced pointer event, and rests."""

    t_us: list[Time] = []
    x_cpx: list[Length] = []
    y_cpx: list[Length] = []
    kind: list[SampleKind] = []


class Marks(_Columns):
    """Which frame was put on the screen when."""

    t_us: list[Time] = []
    t_shown_us: list[Time] = []
    media_us: list[Time] = []
    presented: list[Count] = []


class Viewports(_Columns):
    """Where the picture was in the window, and the window on the screen, at the start and at each change."""

    t_us: list[Time] = []
    left_cpx: list[Length] = []
    top_cpx: list[Length] = []
    width_cpx: list[Size] = []
    height_cpx: list[Size] = []
    dpr_milli: list[Count] = []
    window_width: list[Count] = []
    window_height: list[Count] = []
    screen_width: list[Count] = []
    screen_height: list[Count] = []
    pinch_milli: list[Count] = []
    zoom_milli: list[Count] = []


class Events(_Columns):
    """What else happened: play, stall, hidden tab, left fullscreen, end."""

    t_us: list[Time] = []
    kind: list[EventKind] = []
    detail: list[Detail] = []


class Chunk(BaseModel):
    """A numbered piece of one trial's recording."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: Version
    n: Annotated[int, Field(strict=True, ge=0, lt=MAX_CHUNKS)]
    samples: Samples = Samples()
    marks: Marks = Marks()
    viewports: Viewports = Viewports()
    events: Events = Events()


class TrialSummary(BaseModel):
    """What the page counted and drew with, announced with the end of a trial. What it does not know it leaves out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    # rows and what became of the frames
    samples: Count | None = None
    moves: Count | None = None
    rests: Count | None = None
    coalesced_most: Count | None = None
    marks: Count | None = None
    frames_skipped: Count | None = None
    viewport_changes: Count | None = None
    duration_ms: Count | None = None
    # server time = page time + offset, to half of the round trip; µs
    clock_offset_us: Annotated[int, Field(strict=True, ge=-(2**62), le=2**62)] | None = None
    clock_round_trip_us: Count | None = None
    # how often something came between
    stalls: Count | None = None
    fullscreen_left: Count | None = None
    focus_lost: Count | None = None
    hidden: Count | None = None
    slept: Count | None = None
    muted: Count | None = None
    resized: Count | None = None
    reason: Detail = ""
    # how it was drawn; lengths in video px of the rendition that was shown
    renderer: Renderer | None = None
    renderer_lost: bool = False
    gpu: Annotated[str, Field(max_length=1000)] = ""
    canvas_width: Count | None = None
    canvas_height: Count | None = None
    blur_canvas_width: Count | None = None
    blur_canvas_height: Count | None = None
    blur_sigma_px: Pixels | None = None
    window_radius_px: Pixels | None = None
    edge_px: Pixels | None = None
    blur_grows: bool = False
    px_per_deg: Pixels | None = None
    px_per_deg_source: Literal["calibrated", "assumed"] | None = None


def read_chunk(body: bytes) -> Chunk:
    """Parse and check one chunk; raises BadInput with one line that names the field."""
    if len(body) > MAX_BODY_BYTES:
        raise BadInput(
            f"a chunk has at most {MAX_BODY_BYTES} bytes, this one {len(body)}: send smaller chunks"
        )
    try:
        chunk = Chunk.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadInput(f"chunk, {where}: {first['msg']}") from error
    _refuse_doubled_keys(body, chunk)
    return chunk


def _refuse_doubled_keys(body: bytes, chunk: Chunk) -> None:
    """The reader of JSON lets the last of two equal keys win; a colon too many betrays the other."""
    tables = [getattr(chunk, name) for name in chunk.model_fields_set - {"protocol", "n"}]
    keys = len(chunk.model_fields_set) + sum(len(table.model_fields_set) for table in tables)
    if body.count(b":") != keys + sum(detail.count(":") for detail in chunk.events.detail):
        strict_json.loads(body)


def write_chunk(chunk: Chunk) -> bytes:
    """The chunk as it travels; used by simulated observers and tests."""
    return json.dumps(chunk.model_dump(mode="json"), separators=(",", ":")).encode()
