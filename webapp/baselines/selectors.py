"""Every read of training runs that more than one place needs."""

from django.db.models import QuerySet

from webapp.baselines.models import BaselineRun
from webapp.datasets.models import Release


def runs_of(release: Release) -> QuerySet[BaselineRun]:
    """All runs on a release, newest first, with what a list shows of them."""
    return (
        BaselineRun.objects.filter(release=release)
        .select_related("release__study", "submission")
        .defer("curve", "validation", "samples", "log_tail", "facts")
        .order_by("-pk")
    )
