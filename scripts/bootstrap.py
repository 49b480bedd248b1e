"""Makes `.venv` and installs the pinned dependencies and the project into it: `make setup`.

Runs on whatever Python 3 the machine has, with the standard library alone, and does nothing when `.venv` is
already what pyproject.toml, constraints.txt and TORCH ask for. TORCH=cpu or TORCH=cuda chooses the build of
PyTorch, TORCH=none leaves it out; without it the installer's own choice stands.
"""

from __future__ import annotations  # the machine's Python may be older than ours

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "set-up"
SUITABLE = ((3, 12), (3, 11))  # the versions that every wheel exists for, the better first
CUDA_BACKEND = "cu130"  # the CUDA that the pinned PyTorch is built for
TORCH_BUILDS = ("", "cpu", "cuda", "none")


class CannotSetUp(Exception):
    """One clear line: what is missing, and the command that brings it."""


def main() -> None:
    torch = os.environ.get("TORCH", "")
    if torch not in TORCH_BUILDS:
        raise CannotSetUp(f"TORCH={torch} is not known; choose cpu, cuda or none")
    wanted = wanted_state(torch)
    before = STAMP.read_text().split() if STAMP.exists() and (VENV / "bin" / "cursal").exists() else []
    if before[:1] == [wanted]:
        return
    if version_of(PYTHON) not in SUITABLE:
        make_venv()
    # A different build of the same version looks installed already, and has to be asked for.
    install(torch, renew_torch=before[1:2] != [torch or "any"] and bool(before))
    STAMP.write_text(f"{wanted} {torch or 'any'}\n")
    say("done: `make run` starts the site")


def say(line: str) -> None:
    sys.stderr.write(f"setup: {line}\n")


def wanted_state(torch: str) -> str:
    """Changes whenever something has to be installed anew."""
    parts = [(PROJECT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*parts, torch.encode(), str(PROJECT).encode()])).hexdigest()


# --- the interpreter ---


def version_of(python: str | Path) -> tuple[int, int] | None:
    """Major and minor version, None when it is missing or does not run."""
    question = "import sys; print(*sys.version_info[:2])"
    try:
        asked = subprocess.run([str(python), "-c", question], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    major, minor = asked.stdout.split()
    return int(major), int(minor)


def suitable_python() -> str | None:
    """A Python of a suitable version that is on this machine; rather the one that runs this than another."""
    candidates = [sys.executable, *(f"python{major}.{minor}" for major, minor in SUITABLE)]
    return next((path for path in candidates if version_of(path) in SUITABLE), None)


def make_venv() -> None:
    """A fresh `.venv`; raises CannotSetUp."""
    python = suitable_python()
    if VENV.exists():
        shutil.rmtree(VENV)
    if python is not None and (venv_by(python) or (install_venv_module(python) and venv_by(python))):
        return
    if venv_by_uv(python):
        return
    if python is None:
        here = ".".join(map(str, sys.version_info[:2]))
        raise CannotSetUp(
            f"Python 3.11 or 3.12 is needed and this machine has {here}; "
            "install one, or install uv, which can bring one"
        )
    raise CannotSetUp("Python cannot make environments here; run: sudo apt-get install python3-venv")


def venv_by(python: str) -> bool:
    """`python -m venv`, which Debian and Ubuntu leave half-installed."""
    say(f"making .venv with {python}")
    done = subprocess.run([python, "-m", "venv", str(VENV)], capture_output=True, check=False)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
    return done.returncode == 0


def install_venv_module(python: str) -> bool:
    """As root on Debian and Ubuntu, the package that `python -m venv` lacks."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    version = version_of(python)
    package = "python{}.{}-venv".format(*version) if version else "python3-venv"
    say(f"installing {package}")
    apt_environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        done = subprocess.run(["apt-get", *arguments], capture_output=True, check=False, env=apt_environment)
        if done.returncode:
            return False
    return True


def venv_by_uv(python: str | None) -> bool:
    """An environment made by uv, with a Python of its own when there is none to take."""
    with tempfile.TemporaryDirectory() as folder:
        uv = shutil.which("uv") or uv_by_pip(Path(folder))
        if uv is None:
            return False
        say("making .venv with uv")
        wanted = python or "{}.{}".format(*SUITABLE[0])
        made = [uv, "venv", "--seed", "--python", wanted, str(VENV)]
        return subprocess.run(made, env=uv_environment(), check=False).returncode == 0


def uv_by_pip(folder: Path) -> str | None:
    """uv into a folder that goes again, by the pip of the Python that runs this."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), "uv"]
    done = subprocess.run(command, capture_output=True, check=False)
    program = folder / "bin" / "uv"
    return str(program) if done.returncode == 0 and program.exists() else None


# --- what goes into it ---


def install(torch: str, *, renew_torch: bool) -> None:
    """Everything in one command, by uv where it works, else by pip; raises CannotSetUp."""
    extras = "dev" if torch == "none" else "dev,train"
    what = ["--constraint", "constraints.txt", "--editable", f".[{extras}]"]
    try:
        uv = shutil.which("uv") or uv_inside()
        if uv and run_uv(uv, what, torch, renew_torch=renew_torch):
            return
        say("installing with pip")
        if torch in ("cpu", "cuda"):
            say(f"pip takes the build of PyTorch that its index offers; choosing {torch} needs uv")
        if subprocess.run([str(PYTHON), "-m", "pip", "install", *what], cwd=PROJECT, check=False).returncode:
            raise CannotSetUp("the dependencies could not be installed; see above")
    finally:
        # What the build leaves in the checkout; the installed copy of it counts.
        shutil.rmtree(PROJECT / "cursal.egg-info", ignore_errors=True)


def uv_inside() -> str | None:
    """uv in `.venv`, brought by pip when it is not there."""
    program = VENV / "bin" / "uv"
    if not program.exists():
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt", "uv"]
        subprocess.run(command, cwd=PROJECT, capture_output=True, check=False)
    return str(program) if program.exists() else None


def run_uv(uv: str, what: list[str], torch: str, *, renew_torch: bool) -> bool:
    say("installing with uv")
    command = [uv, "pip", "install", "--python", str(PYTHON), *what]
    if torch in ("cpu", "cuda"):
        command += ["--torch-backend", "cpu" if torch == "cpu" else CUDA_BACKEND]
    if renew_torch and torch != "none":
        command += ["--reinstall-package", "torch"]
    return subprocess.run(command, cwd=PROJECT, env=uv_environment(), check=False).returncode == 0


def uv_environment() -> dict[str, str]:
    """uv reads none of pip's settings: hand on where packages come from."""
    pip = pip_settings()
    ours = {
        "UV_DEFAULT_INDEX": pip.get("index-url"),
        "UV_INDEX": pip.get("extra-index-url"),
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "SSL_CERT_FILE": pip.get("cert"),
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip does: the best version of all the indexes
    }
    return {**{name: value for name, value in ours.items() if value}, **os.environ}


def pip_settings() -> dict[str, str]:
    """What pip would use, by option name; the environment wins over the files, as with pip."""
    python = PYTHON if PYTHON.exists() else sys.executable
    command = [str(python), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    settings = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in ("global", "install"):
            settings[option] = value.strip("'\"").replace("\\n", " ")
    for option in ("index-url", "extra-index-url", "find-links", "cert"):
        variable = "PIP_" + option.replace("-", "_").upper()
        settings[option] = os.environ.get(variable) or settings.get(option, "")
    return settings


if __name__ == "__main__":
    try:
        main()
    except (CannotSetUp, OSError) as problem:
        sys.exit(f"error: {problem}")
