"""What every change of a visit's step does."""

from django.utils import timezone

from collector.errors import Refused
from collector.models import Assignment


def locked(assignment: Assignment) -> Assignment:
    """The visit as it stands now, locked until the transaction ends."""
    return (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("version__study", "observer")
        .get(pk=assignment.pk)
    )


def require(assignment: Assignment, *steps: str) -> None:
    """Raises Refused `wrong_step` at any other step."""
    if assignment.step not in steps:
        raise Refused("wrong_step", "This visit is at another step. Please reload the page.")


def move(assignment: Assignment, step: str) -> str:
    """Go to a step and save the visit; returns the step."""
    assignment.step = step
    assignment.last_seen_at = timezone.now()
    assignment.save()
    return step
