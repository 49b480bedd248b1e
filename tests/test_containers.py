"""The container files, checked by schema and linter: no engine runs here."""

import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from webapp.embedded.postgres import INSTALLATIONS

PROJECT = Path(__file__).parents[1]
COMPOSE = PROJECT / "docker-compose.yml"


def check(program, *arguments):
    command = [Path(sys.executable).with_name(program), *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def compose():
    return YAML(typ="safe").load(COMPOSE)


def test_compose_follows_its_schema():
    said = check("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_dockerfile_is_well_made():
    said = check("hadolint", "Dockerfile")
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_queue_has_a_worker_of_its_own(compose):
    commands = [" ".join(service.get("command", [])) for service in compose["services"].values()]
    for queue in ("ingest", "build", "evaluate", "train"):
        assert sum(f"--queues={queue} " in command + " " for command in commands) == 1


def test_the_database_is_of_the_embedded_ones_major_version(compose):
    newest = next(iter(INSTALLATIONS))
    assert compose["services"]["postgres"]["image"] == f"postgres:{newest}"


def test_no_secret_has_a_default():
    text = COMPOSE.read_text()
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "CURSAL_SECRET_KEY"):
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
        assert f"${{{name}}}" not in text


def test_what_runs_for_ever_is_watched(compose):
    for name, service in compose["services"].items():
        assert name == "migrate" or "healthcheck" in service, name


def test_nothing_in_the_image_runs_as_root():
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users
    assert users[-1] not in ("0", "root")
