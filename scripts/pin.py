"""Writes constraints.txt: the newest versions that pyproject.toml allows, on every supported machine.

Resolves for all platforms at once and drops the conditions: a constraint for a package that a machine does not
need does no harm there, and the list reads as what it is.
"""

import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
HEAD = """\
# Every direct and transitive dependency, on Python 3.11 and 3.12, with the CPU and the CUDA build of PyTorch.
# pyproject.toml says what is needed and why a version is bounded; this file says what is installed.
# Made by `make constraints`.
"""
ALSO = [
    "uv",  # what the set-up itself brings
    "torch==2.13.0",  # held: another version trains to other bits, and its CUDA is named in bootstrap.py
]


def pins(resolved: str) -> list[str]:
    """`name==version` a package, without conditions and without local builds, which no index has."""
    found: dict[str, str] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", resolved, flags=re.MULTILINE):
        public = version.partition("+")[0]
        if found.setdefault(name, public) != public:
            sys.exit(
                f"error: {name} would be {found[name]} here and {public} there; bound it in pyproject.toml"
            )
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def main() -> None:
    command = [
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version=3.11",
        "--upgrade",
        "--fork-strategy=fewest",
    ]
    command += ["--no-annotate", "--no-header", "--extra=train", "--extra=dev", "pyproject.toml", "-"]
    done = subprocess.run(
        command, cwd=PROJECT, input="\n".join(ALSO), capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"error: nothing was pinned: {done.stderr.strip()}")
    (PROJECT / "constraints.txt").write_text(HEAD + "\n".join(pins(done.stdout)) + "\n")


if __name__ == "__main__":
    main()
