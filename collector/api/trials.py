"""The recording of one trial: numbered chunks, and the end."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from collector.api.auth import TrialKey, TrialToken, require_key_of, trial_of
from collector.api.bodies import chunk_body
from collector.api.refusals import REFUSALS
from collector.api.schemas import Payload
from collector.models import Trial
from collector.protocol import MAX_CHUNKS, Chunk, TrialSummary, read_chunk
from collector.selectors import is_shown_again
from collector.services import chunks, tracks, trials
from processing.errors import BadInput

router = Router(auth=TrialToken(), tags=["trials"])


class ChunkStored(Schema):
    """`missing` numbers are known once the end was announced."""

    n: int
    stored: Literal[True]
    missing: list[int]


class Finish(Payload):
    chunks: Annotated[int, Field(ge=1, le=MAX_CHUNKS, strict=True)]
    outcome: Literal["complete", "interrupted"]
    reason: Annotated[str, Field(max_length=200)] = ""
    summary: TrialSummary = TrialSummary()
    lost: Annotated[bool, Field(strict=True)] = False


class FinishAnswer(Schema):
    state: Literal["missing", "finished"]
    missing: list[int]
    practice_passed: bool | None
    shown_again: bool


def _chunk_schema() -> dict[str, Any]:
    """JSON schema of a chunk with its tables written out, as OpenAPI wants it: it has no room for definitions."""
    schema = Chunk.model_json_schema()
    tables = schema.pop("$defs")
    for name, place in schema["properties"].items():
        if "$ref" in place:
            schema["properties"][name] = tables[place["$ref"].rsplit("/", 1)[-1]]
    return schema


@router.put(
    "trials/{uuid:trial_id}/chunks/{int:n}",
    auth=TrialKey(),
    response={200: ChunkStored, **REFUSALS},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _chunk_schema()}},
        }
    },
)
def put_chunk(request: HttpRequest, trial_id: UUID, n: int) -> dict[str, Any]:
    """Store chunk `n`, plain or gzipped; sending it again is answered the same and changes nothing."""
    require_key_of(request, trial_id)
    body = chunk_body(request)
    chunk = read_chunk(body)
    if chunk.n != n:
        raise BadInput(f"the address says part {n}, the body part {chunk.n}")
    stored = chunks.chunk_store(trial_id=trial_id, number=n, body=body)
    if stored.completed:
        Trial(pk=trial_id).enqueue()
    return {"n": n, "stored": True, "missing": stored.missing}


@router.post("trials/{uuid:trial_id}/finish", response={200: FinishAnswer, **REFUSALS})
def finish(request: HttpRequest, trial_id: UUID, payload: Finish) -> dict[str, Any]:
    """Announce the number of chunks; answers which are missing."""
    trial = trial_of(request, trial_id)
    missing = trials.trial_finish(
        trial=trial,
        chunks=payload.chunks,
        outcome=payload.outcome,
        reason=payload.reason,
        summary=payload.summary.model_dump(exclude_none=True, exclude_defaults=True),
        lost=payload.lost,
    )
    passed = None
    if not missing:
        trial.enqueue()
        if trial.slot.practice:
            trial.refresh_from_db()
            passed = tracks.practice_judge(trial=trial)
    return {
        "state": "missing" if missing else "finished",
        "missing": missing,
        "practice_passed": passed,
        "shown_again": is_shown_again(trial.slot),
    }
