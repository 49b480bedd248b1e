"""Every column of the exported tables. `docs/data-dictionary.md` shows the same rows, and a test compares them."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

VERSION = 1


@dataclass(frozen=True)
class Field:
    """A column: its type ('text', 'integer', 'number', 'yes/no', 'time'), unit and meaning."""

    name: str
    type: str
    unit: str
    meaning: str


_OF_A_TRIAL = (
    Field("trial", "text", "", "the trial's id, in every table"),
    Field("observer", "text", "", "random label of the observer, the same in all their trials"),
    Field("stimulus", "text", "", "name of the clip"),
)
_NUMBERED = (
    *_OF_A_TRIAL,
    Field("n", "integer", "count", "place of the row in its trial's recording, from 0"),
)

TABLES: dict[str, tuple[Field, ...]] = {
    "trials": (
        *_OF_A_TRIAL,
        Field("study", "text", "", "slug of the study"),
        Field("version", "integer", "count", "number of the study's frozen version"),
        Field("visit", "text", "", "id of the visit that the trial belongs to"),
        Field("position", "integer", "count", "place of the clip in the visit, from 1; 0 is practice"),
        Field("attempt", "integer", "count", "which attempt at this place, from 1"),
        Field("practice", "yes/no", "", "whether it was the practice clip"),
        Field("simulated", "yes/no", "", "whether a made-up observer watched"),
        Field("phase", "text", "", "finished or interrupted"),
        Field("interruption", "text", "", "why it was interrupted, empty when it was not"),
        Field("grade", "text", "", "valid or rejected, by the newest verdict"),
        Field("reasons", "text", "", "reason codes of that verdict, with spaces"),
        Field("suspicion", "number", "0 to 1", "how much speaks for forgery; empty before it was looked at"),
        Field("doubts", "text", "", "codes of what speaks for it, with spaces"),
        Field("renderer", "text", "", "webgl2 or 2d"),
        Field("tier", "text", "", "which rendition was shown: full, 1080p, 720p"),
        Field("chosen_renderer", "text", "", "what the device check before it chose: webgl2 or 2d"),
        Field(
            "check_rates",
            "text",
            "of 30",
            "frames that the device check saw drawn, as JSON, by renderer and size",
        ),
        Field(
            "clock_offset_us",
            "integer",
            "µs",
            "server clock (since 1970 UTC) less page clock, where measured",
        ),
        Field(
            "clock_round_trip_us", "integer", "µs", "round trip of that measurement; half of it is the error"
        ),
        Field("px_per_deg", "number", "px/degree", "CSS px a degree of visual angle, where it is known"),
        Field("fps", "text", "frames/s", "frame rate as a fraction"),
        Field("frames", "integer", "frames", "length of the clip"),
        Field(
            "width_px", "integer", "video px", "width of the reference, in whose pixels positions are given"
        ),
        Field("height_px", "integer", "video px", "height of the reference"),
        Field("opened_at", "time", "UTC", "when the trial was handed out, server clock"),
        Field("finished_at", "time", "UTC", "when its end was announced, server clock"),
        Field("samples", "integer", "count", "rows in samples"),
        Field("marks", "integer", "count", "rows in marks"),
        Field("rendition_sha256", "text", "", "the file that was shown"),
        Field("reference_sha256", "text", "", "the reference of that file"),
        Field("track_sha256", "text", "", "the raw track that the rows were read from"),
        Field("trouble", "text", "", "why the track could not be read or placed, empty when it could"),
    ),
    "samples": (
        *_NUMBERED,
        Field(
            "t_page_us",
            "integer",
            "µs",
            "page clock: the pointer event's own time, of a rest when it was written",
        ),
        Field(
            "kind",
            "text",
            "",
            "move: pointer event; rest: the last position again; start: the starting click",
        ),
        Field("x_client_px", "number", "CSS px", "from the window's left edge, to the right"),
        Field("y_client_px", "number", "CSS px", "from the window's upper edge, downwards"),
        Field("t_media_us", "integer", "µs", "media time, empty where `placed` is not yes"),
        Field("frame", "integer", "count", "frame on the screen, from 0, empty where `placed` is not yes"),
        Field(
            "x_video_px", "number", "video px", "from the picture's left edge, outside it too; empty as above"
        ),
        Field("y_video_px", "number", "video px", "from the picture's upper edge, downwards; empty as above"),
        Field(
            "placed",
            "text",
            "",
            "yes, or before_first_frame, stall (picture stood over 100 ms), no_picture (place unknown)",
        ),
    ),
    "marks": (
        *_NUMBERED,
        Field("t_page_us", "integer", "µs", "page clock: when the frame was announced"),
        Field("t_shown_us", "integer", "µs", "page clock: when it was to be on the screen"),
        Field("t_media_us", "integer", "µs", "the frame's media time"),
        Field("frame", "integer", "count", "its number, from 0"),
        Field("presented", "integer", "count", "frames handed to the compositor so far"),
    ),
    "viewports": (
        *_NUMBERED,
        Field("t_page_us", "integer", "µs", "page clock: from when on"),
        Field("left_client_px", "number", "CSS px", "the picture's left edge in the window"),
        Field("top_client_px", "number", "CSS px", "the picture's upper edge in the window"),
        Field("width_client_px", "number", "CSS px", "the picture's width, letterbox left out"),
        Field("height_client_px", "number", "CSS px", "the picture's height, letterbox left out"),
        Field("device_px_per_css_px", "number", "ratio", "device pixels a CSS px, browser zoom included"),
        Field("window_width_px", "integer", "CSS px", "inner width of the window"),
        Field("window_height_px", "integer", "CSS px", "inner height of the window"),
        Field("screen_width_px", "integer", "CSS px", "width of the screen"),
        Field("screen_height_px", "integer", "CSS px", "height of the screen"),
        Field("pinch", "number", "ratio", "scale of pinch zoom, 1 when there is none"),
        Field("zoom", "number", "ratio", "browser zoom since the page was opened, 1 when it did not change"),
    ),
    "events": (
        *_NUMBERED,
        Field("t_page_us", "integer", "µs", "page clock: when it happened"),
        Field("kind", "text", "", "what happened, a word of the wire format"),
        Field("detail", "text", "", "more about it"),
    ),
}


def write_dictionary(folder: Path) -> None:
    """dictionary.json and dictionary.csv: what each column of each table is."""
    rows = [
        {
            "table": table,
            "column": field.name,
            "type": field.type,
            "unit": field.unit,
            "meaning": field.meaning,
        }
        for table, fields in TABLES.items()
        for field in fields
    ]
    text = json.dumps({"version": VERSION, "columns": rows}, indent=1, ensure_ascii=False)
    (folder / "dictionary.json").write_text(text + "\n", encoding="utf-8")
    with (folder / "dictionary.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def as_markdown(table: str) -> list[str]:
    """The rows of one table as the docs show them."""
    return [f"| `{one.name}` | {one.type} | {one.unit or '–'} | {one.meaning} |" for one in TABLES[table]]
