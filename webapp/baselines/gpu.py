"""Is there a GPU on this machine? Asked of the driver, since torch is never loaded here."""

import os
import shutil
import subprocess

ANSWER_WITHIN_S = 10


def gpu_answers() -> bool:
    """Whether `nvidia-smi` lists a GPU that this process may use."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "any") in ("", "-1"):
        return False
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        listed = subprocess.run(
            [program, "--list-gpus"], capture_output=True, timeout=ANSWER_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return listed.returncode == 0 and b"GPU " in listed.stdout
