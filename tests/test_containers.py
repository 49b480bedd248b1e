"""The container files, checked by schema and linter: no engine runs here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from webapp.embedded.postgres import INSTALLATIONS

PROJECT = Path(__file__).parents[1]
COMPOSE = PROJECT / "docker-compose.yml"

NOT_FOR_CONTAINERS = {
    "CURSAL_SECRET_KEY_FILE": "the key itself is required",
    "CURSAL_VAR": "nothing is embedded",
    "CURSAL_SCRATCH": "the image says where",
    "CURSAL_DEBUG": "it shows settings to visitors",
    "CURSAL_BROWSER": "it is for tests",
}


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


def test_every_setting_of_the_example_is_handed_on_with_the_value_that_it_has_unset(compose):
    example = dict(re.findall(r"^#([A-Z0-9_]+)=(.*)$", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    for name in set(example) - set(NOT_FOR_CONTAINERS):
        assert name in compose["x-environment"] or f"${{{name}:" in COMPOSE.read_text(), name
    handed_on = compose["x-environment"]
    for name in ("CURSAL_SCRATCH_MIN_FREE_MIB", "CURSAL_CHUNKS_KEPT_H", "CURSAL_EXPORTS_KEPT_H"):
        assert handed_on[name] == f"${{{name}:-{example[name]}}}", "numbers may not be empty"
    assert not set(NOT_FOR_CONTAINERS) & set(handed_on)


def test_what_runs_for_ever_is_watched(compose):
    for name, service in compose["services"].items():
        assert name == "migrate" or "healthcheck" in service, name


def test_nothing_in_the_image_runs_as_root():
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users
    assert users[-1] not in ("0", "root")
