"""How many cases the fuzzing runs: all of them in `make soak`, the same seeded 2 % of them in every `make test`."""

import os

from hypothesis import HealthCheck, settings

CASES = int(os.environ.get("CURSAL_FUZZ_CASES") or 20_000)  # fewer for a shorter soak: `make soak CASES=5000`
SHARE_OF_EVERY_TEST = 0.02
# How the cases are shared out. A calls' case is one call, an ingest's case a whole recording with a dozen of them.
SHARES = {"chunks": 0.45, "calls": 0.45, "ingest": 0.1}


def budget(part: str, *, over: int = 1) -> settings:
    """Settings of a part's tests, its cases shared out among `over` of them."""
    soaking = settings.get_current_profile_name() == "soak"
    cases = CASES * SHARES[part] * (1 if soaking else SHARE_OF_EVERY_TEST) / over
    return settings(
        max_examples=max(1, round(cases)),
        derandomize=not soaking,
        stateful_step_count=20,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
