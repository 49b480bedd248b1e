"""Every write of the board that edges ask for. What only workers do is in `scoring`."""

from webapp.leaderboard.services.submissions import evaluation_request, submission_add, submission_record

__all__ = ["evaluation_request", "submission_add", "submission_record"]
