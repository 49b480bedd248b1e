"""How fast networks train and predict on one GPU: `python -m benchmarks.training.throughput`.

Clips are random numbers made on the device, so that nothing but the network is measured; torch, NumPy and pydantic
are all that it needs. What is measured goes to standard output at once, as lines of JSON. Ceilings are measured in
the same run: a large matrix product in bfloat16, and a large copy. Both are stated beside what the networks reach.
A batch that does not fit into the device's memory is halved until it does; a network that cannot be compiled is run
as it is, and one that cannot be measured at all leaves the others their turn. `--device cpu` tries the bench itself.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend
from torch.overrides import TorchFunctionMode

from processing.errors import BadInput
from training import device as devices
from training import memory
from training.config.nets import Lite2dNet, LiteS3dNet, UmtHierNet
from training.counting import count_net
from training.grid import Grid, Orientation
from training.models import build_net

WARM_UP, ROUNDS = 3, 10
# Everything is also warmed up and measured for so long at least: the clock of a chip rises from idle, then falls as
# the chip grows hot.
LASTS_S = 1.0
# What the ceilings are measured with, by the kind of device.
MATRIX = {"cuda": 8192, "cpu": 512}
COPY_BYTES = {"cuda": 2 * 2**30, "cpu": 2**26}
BYTES = 2  # of a number in bfloat16

# What has to read and write its numbers however well a network is fused; all that the networks here are made of.
PRODUCTS = {
    functional.linear,
    functional.conv1d,
    functional.conv2d,
    functional.conv3d,
    functional.conv_transpose3d,
    functional.scaled_dot_product_attention,
}


# As `torch.compile` takes it.
Backend = str | Callable[..., Any]


@dataclass(frozen=True)
class Ceilings:
    """What the device does at best: bfloat16 products in TFLOP/s, copies in GB/s (bytes read and written)."""

    tflop_s: float
    gb_s: float


@dataclass(frozen=True)
class Speed:
    """What one network does in bfloat16: clips a second, the rates it computes and moves bytes at, GiB at the peak.

    The shares are of the ceilings. Bytes are those that a fused network cannot do without: what convolutions,
    products and attention read and write, their weights included. `compiled`: or run as it is. `attention`: the
    kernels that PyTorch chooses for it.
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
    attention: Sequence[str]


def ceilings(device: torch.device) -> Ceilings:
    """Measure both on a device that does nothing else."""
    side, size = MATRIX[device.type], COPY_BYTES[device.type]
    a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    product_s, _ = _seconds(lambda: a @ b, device)
    source = torch.empty(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    copy_s, _ = _seconds(lambda: target.copy_(source), device)
    return Ceilings(2 * side**3 / product_s / 1e12, 2 * size / copy_s / 1e9)


def circumstances(device: torch.device) -> dict[str, str | int | None]:
    """The device and the libraries, by name; None for one that is not there."""
    return {
        "device": devices.describe(device),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }


@dataclass(frozen=True)
class Subject:
    """A network, the grid of its pictures, and how many windows make a batch."""

    net: Lite2dNet | LiteS3dNet | UmtHierNet
    grid: Grid
    batch: int


# Those that a target is set for come first: the time may not suffice for all.
SUBJECTS = {
    "umt_hier L": Subject(UmtHierNet(size="L"), Grid(224, 224), 16),
    "lites3d": Subject(LiteS3dNet(), Grid(224, 384), 64),
    "umt_hier B": Subject(UmtHierNet(size="B"), Grid(224, 224), 32),
    "lite2d": Subject(Lite2dNet(), Grid(224, 384), 64),
}


def measure(
    name: str, subject: Subject, device: torch.device, ceiling: Ceilings, *, backend: Backend | None
) -> list[Speed]:
    """Training steps (forward, KLD, backward, AdamW) and predictions of one network.

    `backend` of `torch.compile`, None for none. Raises whatever that or the device does.
    """
    torch.manual_seed(0)
    net, batch, frames = subject.net, subject.batch, subject.net.frames
    cells = Grid(*(side // net.map_stride for side in subject.grid))
    uniform = {stands: np.full(cells, 1 / (cells.height * cells.width)) for stands in Orientation}
    model = devices.placed(build_net(net, uniform), device)
    gflop_a_clip = count_net(net, subject.grid).gflop_per_window
    # Each network has one size of everything, but without this one that shares code is compiled for any size.
    run = torch.compile(model, dynamic=False, backend=backend) if backend else model
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
    moved = Moved(model)
    with moved, torch.autocast(device.type, torch.bfloat16):
        model(pictures[:1], seconds[:1], Orientation.LANDSCAPE)
    found = []
    for doing, work, passes in (("training", train, 3), ("prediction", predict, 1)):
        model.train(doing == "training")
        took_s, peak_gib = _seconds(work, device)
        tflop_s = passes * gflop_a_clip * batch / took_s / 1e3
        gb_s = passes * BYTES * (batch * moved.features + moved.weights) / took_s / 1e9
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
                peak_gib=peak_gib,
                compiled=backend is not None,
                attention=sorted(moved.attention),
            )
        )
        # Who predicts holds neither gradients nor their moments.
        optimizer.zero_grad(set_to_none=True)
        optimizer.state.clear()
        memory.release()
    return found


class Moved(TorchFunctionMode):
    """How many numbers the convolutions, products and attention of a model read and write meanwhile.

    Those of `weights` do not depend on the batch, those of `features` grow with it. `attention`: the kernels that
    PyTorch chooses.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.features = 0
        self.weights = 0
        self.attention: set[str] = set()
        self._weights = {each.untyped_storage().data_ptr() for each in model.parameters()}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        out = func(*args, **named)
        if func in PRODUCTS:
            for each in (*args, *named.values(), out):
                if isinstance(each, Tensor) and each.untyped_storage().data_ptr() in self._weights:
                    self.weights += each.numel()
                elif isinstance(each, Tensor):
                    self.features += each.numel()
        if func is functional.scaled_dot_product_attention:
            chosen = SDPBackend(torch._fused_sdp_choice(*args, **named))
            self.attention.add(chosen.name)
        return out


def measure_what_fits(
    name: str, subject: Subject, device: torch.device, ceiling: Ceilings, *, backend: Backend | None
) -> list[Speed]:
    """As `measure`, with the batch halved until it fits; nothing when one window alone does not.

    A network that cannot be compiled is measured without, and a warning on standard error says why. Raises what is
    wrong without.
    """
    while True:
        # Networks share code, and what was compiled of it before counts against the number of its variants.
        torch.compiler.reset()
        memory.release()
        try:
            return measure(name, subject, device, ceiling, backend=backend)
        except Exception as error:
            if memory.exhausted(error):
                if subject.batch == 1:
                    return []
                subject = replace(subject, batch=subject.batch // 2)
            elif backend:
                print(f"warning: {name} is measured without torch.compile: {error}", file=sys.stderr)
                backend = None
            else:
                raise


def _seconds(work: Callable[[], object], device: torch.device) -> tuple[float, float]:
    """Median wall time of a call once warm, and the most memory of a GPU held meanwhile, in GiB."""
    _times(work, device, WARM_UP)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    took_s = statistics.median(_times(work, device, ROUNDS))
    return took_s, torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else 0.0


def _times(work: Callable[[], object], device: torch.device, rounds: int) -> list[float]:
    """Wall times of so many calls at least and for `LASTS_S`, in seconds; the device idle before and after each."""
    times: list[float] = []
    while len(times) < rounds or sum(times) < LASTS_S:
        _idle(device)
        began_s = time.perf_counter()
        work()
        _idle(device)
        times.append(time.perf_counter() - began_s)
    return times


def _idle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(SUBJECTS), action="append")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    parser.add_argument("--batch", type=int, help="windows of a batch, in place of each network's own")
    parser.add_argument("--device", default="gpu", help=devices.WISHES)
    chosen = parser.parse_args()
    try:
        device = devices.choose(chosen.device)
    except BadInput as error:
        raise SystemExit(f"error: {error}") from error
    # Every step has the same sizes, so that to try all algorithms once pays.
    torch.backends.cudnn.benchmark = True
    ceiling = ceilings(device)
    print(json.dumps({**circumstances(device), **asdict(ceiling)}), flush=True)
    failed = []
    for name in chosen.only or SUBJECTS:
        subject = SUBJECTS[name]
        if chosen.batch:
            subject = replace(subject, batch=chosen.batch)
        backend = None if chosen.eager else "inductor"
        try:
            for speed in measure_what_fits(name, subject, device, ceiling, backend=backend):
                print(json.dumps(asdict(speed)), flush=True)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    if failed:
        raise SystemExit(f"error: not measured, see above: {', '.join(failed)}")


if __name__ == "__main__":
    main()
