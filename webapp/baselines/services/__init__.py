"""Every write of training runs that edges ask for. What only workers do is in `supervising`."""

from webapp.baselines.services.runs import run_request, run_wait

__all__ = ["run_request", "run_wait"]
