"""How fast networks train and predict on one GPU: `python -m benchmarks.training.throughput`.

Clips are random numbers made on the device, so that nothing but the network is measured; torch, NumPy and pydantic
are all that it needs. One line of JSON for each network goes to standard output. Ceilings are measured in the same
run: a large matrix product in bfloat16, and a large copy. Both are stated beside what the networks reach. A batch
that does not fit into the device's memory is halved until it does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config.nets import Lite2dNet, LiteS3dNet, UmtHierNet
from training.counting import count_net
from training.device import placed
from training.grid import Grid, Orientation
from training.models import build_net

WARM_UP, ROUNDS = 3, 10
MATRIX = 8192
COPY_BYTES = 2 * 2**30
BYTES = 2  # of a number in bfloat16


@dataclass(frozen=True)
class Ceilings:
    """What the device does at best: bfloat16 products in TFLOP/s, copies in GB/s (bytes read and written)."""

    tflop_s: float
    gb_s: float


@dataclass(frozen=True)
class Speed:
    """What one network does in bfloat16: clips a second, the rates it computes and moves bytes at, GiB at the peak.

    The shares are of the ceilings. Bytes are those that a fused network cannot do without: what convolutions and
    products read and write, their weights included.
    """

    model: str
    doing: str
    batch: int
    frames: int
    clips_s: float
    frames_s: float
    tflop_s: float
    share_of_products: float
    gb_s: float
    share_of_copies: float
    peak_gib: float
    compiled: bool


def ceilings(device: torch.device) -> Ceilings:
    """Measure both on an idle device."""
    a, b = (torch.randn(MATRIX, MATRIX, device=device, dtype=torch.bfloat16) for _ in range(2))
    product_s = _seconds(lambda: a @ b, device)
    source = torch.empty(COPY_BYTES, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copy_s = _seconds(lambda: target.copy_(source), device)
    return Ceilings(2 * MATRIX**3 / product_s / 1e12, 2 * COPY_BYTES / copy_s / 1e9)


@dataclass(frozen=True)
class Subject:
    """A network, the grid of its pictures, and how many windows make a batch."""

    net: Lite2dNet | LiteS3dNet | UmtHierNet
    grid: Grid
    batch: int


SUBJECTS = {
    "lite2d": Subject(Lite2dNet(), Grid(224, 384), 64),
    "lites3d": Subject(LiteS3dNet(), Grid(224, 384), 64),
    "umt_hier B": Subject(UmtHierNet(size="B"), Grid(224, 224), 32),
    "umt_hier L": Subject(UmtHierNet(size="L"), Grid(224, 224), 16),
}


def measure(
    name: str, subject: Subject, device: torch.device, ceiling: Ceilings, *, compiled: bool
) -> list[Speed]:
    """Training steps (forward, KLD, backward, AdamW) and predictions of one network."""
    torch.manual_seed(0)
    net, batch, frames = subject.net, subject.batch, subject.net.frames
    cells = Grid(*(side // net.map_stride for side in subject.grid))
    uniform = {stands: np.full(cells, 1 / (cells.height * cells.width)) for stands in Orientation}
    model = placed(build_net(net, uniform), device)
    gflop_a_clip = count_net(net, subject.grid).gflop_per_window
    run = torch.compile(model) if compiled else model
    pictures = torch.rand(batch, frames, 3, *subject.grid, device=device)
    seconds = (torch.arange(frames, device=device) * net.step_s).expand(batch, -1)
    target = (
        torch.rand(batch, frames, *cells, device=device).flatten(2).softmax(2).view(batch, frames, *cells)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=device.type == "cuda")

    def predicted() -> Tensor:
        with torch.autocast(device.type, torch.bfloat16):
            return run(pictures, seconds, Orientation.LANDSCAPE)

    def train() -> None:
        optimizer.zero_grad(set_to_none=True)
        functional.kl_div(predicted().float(), target, reduction="batchmean").backward()
        optimizer.step()

    def predict() -> None:
        with torch.inference_mode():
            predicted()

    model.eval()
    with bytes_moved(model) as moved, torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        model(pictures[:1], seconds[:1], Orientation.LANDSCAPE)
    gb_a_clip = sum(moved) / 1e9
    found = []
    for doing, work, passes in (("training", train, 3), ("prediction", predict, 1)):
        model.train(doing == "training")
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        took_s = _seconds(work, device)
        peak = torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else 0.0
        tflop_s = passes * gflop_a_clip * batch / took_s / 1e3
        gb_s = passes * gb_a_clip * batch / took_s
        found.append(
            Speed(
                model=name,
                doing=doing,
                batch=batch,
                frames=frames,
                clips_s=batch / took_s,
                frames_s=batch * frames / took_s,
                tflop_s=tflop_s,
                share_of_products=tflop_s / ceiling.tflop_s,
                gb_s=gb_s,
                share_of_copies=gb_s / ceiling.gb_s,
                peak_gib=peak,
                compiled=compiled,
            )
        )
    return found


@contextmanager
def bytes_moved(model: nn.Module) -> Iterator[list[int]]:
    """The bytes of each convolution and product that the model does meanwhile, were it done in bfloat16."""
    moved: list[int] = []

    def note(module: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
        weights = sum(each.numel() for each in module.parameters())
        moved.append(BYTES * (given[0].numel() + out.numel() + weights))

    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    hooks = [each.register_forward_hook(note) for each in model.modules() if isinstance(each, kinds)]
    try:
        yield moved
    finally:
        for hook in hooks:
            hook.remove()


def measure_what_fits(
    name: str, subject: Subject, device: torch.device, ceiling: Ceilings, *, compiled: bool
) -> list[Speed]:
    """As `measure`, with the batch halved until it fits; nothing when one window alone does not."""
    while True:
        try:
            return measure(name, subject, device, ceiling, compiled=compiled)
        except torch.OutOfMemoryError:
            if subject.batch == 1:
                return []
        subject = replace(subject, batch=subject.batch // 2)
        torch.cuda.empty_cache()


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """Median wall time of a call, the device idle before and after."""
    times = []
    for number in range(WARM_UP + ROUNDS):
        _idle(device)
        began_s = time.perf_counter()
        work()
        _idle(device)
        if number >= WARM_UP:
            times.append(time.perf_counter() - began_s)
    return statistics.median(times)


def _idle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(SUBJECTS), action="append")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    parser.add_argument("--batch", type=int, help="windows of a batch, in place of each network's own")
    chosen = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("error: no GPU answers here: run this where torch.cuda.is_available() is true")
    device = torch.device("cuda", 0)
    ceiling = ceilings(device)
    print(json.dumps({"device": torch.cuda.get_device_name(device), **asdict(ceiling)}), flush=True)
    for name in chosen.only or SUBJECTS:
        subject = SUBJECTS[name]
        if chosen.batch:
            subject = replace(subject, batch=chosen.batch)
        for speed in measure_what_fits(name, subject, device, ceiling, compiled=not chosen.eager):
            print(json.dumps(asdict(speed)), flush=True)


if __name__ == "__main__":
    main()
