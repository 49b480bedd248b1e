"""The observer's HTTP API: JSON in, JSON out, a word and a sentence for every refusal.

Thin: tokens are read here, services do the work, tasks are enqueued after commit. `docs/wire-format.md` describes
the calls; the same as OpenAPI is at `openapi.json`, and to be read at `docs`.
"""

from ninja import NinjaAPI

from collector.api import checks, trials, visits
from collector.api.parser import StrictParser
from collector.api.refusals import answer_refusals

api = NinjaAPI(
    title="Cursal observer API",
    version="1",
    description="What the player sends while somebody watches. Every call carries a signed, expiring token.",
    urls_namespace="observer",
    parser=StrictParser(),
)
for router in (visits.router, checks.router, trials.router):
    api.add_router("", router)
answer_refusals(api)

__all__ = ["api"]
