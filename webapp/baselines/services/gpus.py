"""One run a GPU: a running row names the GPU that it holds, and the database lets no two rows name the same.

A row holds its GPU until its worker lets go, or until its lease runs out because the worker died. A cancelled row
goes on holding it while its program writes a last checkpoint.
"""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from collector import work
from webapp.baselines.gpu import Gpu
from webapp.baselines.models import BaselineRun

NO_GPU_HERE = "a GPU on a train worker"


def gpu_wait(run: BaselineRun, found: Sequence[Gpu]) -> str:
    """What a run would have to wait for on a machine with these GPUs; empty when it can start."""
    if run.device == BaselineRun.Device.CPU:
        return ""
    if not found:
        return NO_GPU_HERE if run.device == BaselineRun.Device.GPU else ""
    held = set(
        BaselineRun.objects.filter(gpu__in=[gpu.uuid for gpu in found], lease_until__gte=timezone.now())
        .exclude(pk=run.pk)
        .values_list("gpu", flat=True)
    )
    return "" if len(held) < len(found) else f"a free GPU ({len(found)} at work)"


def gpu_take(run: BaselineRun, found: Sequence[Gpu]) -> Gpu | None:
    """Give a claimed run the first GPU that nobody holds; None when another worker was faster with the last."""
    for gpu in found:
        lapsed = BaselineRun.objects.filter(gpu=gpu.uuid, lease_until__lt=timezone.now()).exclude(pk=run.pk)
        lapsed.update(gpu="")
        try:
            with transaction.atomic():
                work.write(run, gpu=gpu.uuid)
        except IntegrityError:
            continue
        return gpu
    return None


def gpu_release(run: BaselineRun, gpu: Gpu) -> None:
    """Let go of the GPU."""
    BaselineRun.objects.filter(pk=run.pk, gpu=gpu.uuid).update(gpu="")
