"""Which GPUs this process may use. Asked of the driver, since torch is never loaded here."""

import os
import shutil
import subprocess
from dataclasses import dataclass

ANSWER_WITHIN_S = 10
WITH_A_NAME = ("GPU-", "MIG-")  # how the driver's identifiers of whole GPUs and of parts of GPUs begin


@dataclass(frozen=True)
class Gpu:
    """One GPU: `uuid` names it among all machines, and is what CUDA_VISIBLE_DEVICES takes."""

    uuid: str
    name: str


def gpus() -> list[Gpu]:
    """The GPUs that the driver lists, less those that CUDA_VISIBLE_DEVICES hides; none where there is no driver.

    Numbers in CUDA_VISIBLE_DEVICES count as `nvidia-smi` counts, in the order of the bus.
    """
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None and allowed.strip() in ("", "-1"):
        return []
    listed = _listed()
    if allowed is None or not listed:
        return list(listed.values())
    names = [name.strip() for name in allowed.split(",")]
    by_uuid = {gpu.uuid: gpu for gpu in listed.values()}
    found = []
    for name in names:
        if name.startswith(WITH_A_NAME):
            found.append(by_uuid.get(name, Gpu(name, "part of a GPU")))
        elif name in listed:
            found.append(listed[name])
        else:
            break  # CUDA too ignores what follows a device that is not there
    return found


def _listed() -> dict[str, Gpu]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return {}
    query = [program, "--query-gpu=index,uuid,name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, timeout=ANSWER_WITHIN_S, check=False, text=True)
    except subprocess.TimeoutExpired:
        return {}
    if answer.returncode != 0:
        return {}
    rows = [[cell.strip() for cell in line.split(",", 2)] for line in answer.stdout.splitlines()]
    return {row[0]: Gpu(row[1], row[2]) for row in rows if len(row) == 3 and row[1].startswith(WITH_A_NAME)}
