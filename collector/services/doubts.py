"""What people may ask of the search for forgeries; workers do it in `suspicions`."""

from collections.abc import Sequence

from collector.models import Suspicion, Track
from collector.work import WorkState


def suspicions_renew(*, tracks: Sequence[Track]) -> int:
    """Have tracks looked at again, by the rules of today; returns how many were not in somebody's hands."""
    rows = Suspicion.objects.filter(track__in=tracks).exclude(state=WorkState.RUNNING)
    return rows.update(state=WorkState.WAITING, attempt=0, hinted_at=None, last_error="")


def chunks_check_again(*, tracks: Sequence[Track]) -> int:
    """Compare files and chunks again where a file was damaged, once it was restored; returns how many."""
    return Track.objects.filter(pk__in=[track.pk for track in tracks]).exclude(damage="").update(damage="")
