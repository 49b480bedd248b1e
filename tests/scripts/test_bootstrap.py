"""`make setup`, without installing anything."""

import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import bootstrap, pin

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A checkout of its own, whose installer only notes that it was called."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    monkeypatch.setattr(bootstrap, "PROJECT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "set-up")
    monkeypatch.delenv("TORCH", raising=False)
    calls = []

    def make_venv():
        calls.append("venv")
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        bootstrap.PYTHON.symlink_to(sys.executable)

    def install(torch, *, renew_torch):
        calls.append((torch, renew_torch))
        (tmp_path / ".venv" / "bin" / "cursal").touch()

    monkeypatch.setattr(bootstrap, "make_venv", make_venv)
    monkeypatch.setattr(bootstrap, "install", install)
    return tmp_path, calls


@pytest.fixture
def calls(project):
    return project[1]


def test_a_second_call_does_nothing(calls):
    bootstrap.main()
    assert calls == ["venv", ("", False)]
    bootstrap.main()
    assert len(calls) == 2


def test_other_pins_are_installed_into_the_same_environment(project):
    folder, calls = project
    bootstrap.main()
    (folder / "constraints.txt").write_text("torch==9.9.9\n")
    bootstrap.main()
    assert calls == ["venv", ("", False), ("", False)]


def test_another_build_of_pytorch_replaces_the_one_there(calls, monkeypatch):
    bootstrap.main()
    monkeypatch.setenv("TORCH", "cpu")
    bootstrap.main()
    assert calls[-1] == ("cpu", True)


def test_an_unknown_build_is_refused(calls, monkeypatch):
    monkeypatch.setenv("TORCH", "rocm")
    with pytest.raises(bootstrap.CannotSetUp, match="choose cpu, cuda or none"):
        bootstrap.main()
    assert calls == []


def test_a_machine_without_a_suitable_python_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "suitable_python", lambda: None)
    monkeypatch.setattr(bootstrap, "venv_by_uv", lambda python: False)
    with pytest.raises(bootstrap.CannotSetUp, match=r"Python 3\.11 or 3\.12 is needed"):
        bootstrap.make_venv()


def test_a_machine_that_cannot_make_environments_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    for step in ("venv_by", "install_venv_module", "venv_by_uv"):
        monkeypatch.setattr(bootstrap, step, lambda python: False)
    with pytest.raises(bootstrap.CannotSetUp, match="apt-get install python3-venv"):
        bootstrap.make_venv()


def test_what_pip_is_told_reaches_uv(monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels /more")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    for name in ("UV_FIND_LINKS", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    environment = bootstrap.uv_environment()
    assert environment["UV_FIND_LINKS"] == "/wheels,/more"
    assert environment["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example/simple")
    assert bootstrap.uv_environment()["UV_DEFAULT_INDEX"] == "https://other.example/simple"


def test_pins_have_neither_conditions_nor_local_builds():
    resolved = (
        "torch==2.13.0 ; sys_platform == 'darwin'\ntorch==2.13.0+cpu ; sys_platform == 'linux'\nav==18.1.0\n"
    )
    assert pin.pins(resolved) == ["av==18.1.0", "torch==2.13.0"]


def test_two_versions_of_one_package_are_no_pin():
    with pytest.raises(SystemExit, match=r"networkx would be 3\.6 here and 3\.7 there"):
        pin.pins("networkx==3.6 ; python_version < '3.12'\nnetworkx==3.7 ; python_version >= '3.12'\n")


def needed():
    """Names and installed versions of what pyproject.toml asks for, directly and through others."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    to_see = [Requirement(line) for line in [*asked, *project["optional-dependencies"]["train"]]]
    found, seen = {}, set()
    while to_see:
        requirement = to_see.pop()
        wanted = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if wanted in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(wanted)
        found[wanted[0]] = metadata.version(wanted[0]).partition("+")[0]
        for line in metadata.requires(wanted[0]) or []:
            further = Requirement(line)
            extras = ("", *requirement.extras)
            if not further.marker or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                further.marker = None
                to_see.append(further)
    return found


def test_everything_that_is_needed_is_pinned_to_what_is_installed():
    lines = (PROJECT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    everything = needed()
    assert len(everything) > 80
    unpinned = {name: version for name, version in everything.items() if pinned.get(name) != version}
    assert unpinned == {}
