"""Settings come from the environment, and what is missing or wrong is said in one line."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from webapp import deployment
from webapp.security import content_security_policy

PROJECT = Path(__file__).parents[2]


def settings_with(show, **environment):
    """Value of an expression over the settings, read in a fresh process; empty strings count as not set."""
    line = f"from django.conf import settings; print({show})"
    done = subprocess.run(
        [sys.executable, "-c", line],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def test_without_a_secret_key_nothing_starts():
    said = settings_with("settings.SECRET_KEY", CURSAL_SECRET_KEY="")
    assert "no secret key" in said
    assert "CURSAL_SECRET_KEY" in said


def test_without_a_database_nothing_starts():
    assert "set DATABASE_URL=postgresql://" in settings_with("settings.DEBUG", DATABASE_URL="")


def test_the_secret_key_may_lie_in_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("from-a-file\n")
    assert deployment.secret_key("", file) == "from-a-file"
    assert deployment.secret_key("named", file) == "named"


def test_a_secret_key_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="nowhere"):
        deployment.secret_key("", tmp_path / "nowhere")


def test_https_makes_cookies_secure_and_browsers_remember():
    shown = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0"
    assert settings_with(shown, CURSAL_HTTPS="1") == "True True True"


def test_debug_is_off_unless_asked_for_and_never_beside_https():
    assert settings_with("settings.DEBUG") == "False"
    assert "CURSAL_DEBUG" in settings_with("settings.DEBUG", CURSAL_DEBUG="1", CURSAL_HTTPS="1")


def test_a_database_url_is_taken_apart():
    entry = deployment.database("postgresql://me:p%40ss@db.example:5433/cursal?sslmode=require")
    assert entry["ENGINE"] == "django.db.backends.postgresql"
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"]) == ("me", "p@ss", "db.example")
    assert (entry["PORT"], entry["NAME"]) == ("5433", "cursal")
    assert entry["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://a@b/c", "cursal", "postgresql://h/n?nonsense=1"])
def test_other_databases_and_nonsense_are_refused(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        deployment.database(url)


def test_storage_is_a_folder_or_a_bucket_and_folders_have_no_address(tmp_path):
    folder = deployment.storage(str(tmp_path), "tracks", "")
    assert folder["OPTIONS"]["location"] == tmp_path / "tracks"
    assert folder["OPTIONS"]["base_url"] is None
    bucket = deployment.storage("s3://lab/cursal", "tracks", "https://s3.example")
    assert bucket["OPTIONS"]["bucket_name"] == "lab"
    assert bucket["OPTIONS"]["location"] == "cursal/tracks"
    assert bucket["OPTIONS"]["endpoint_url"] == "https://s3.example"


def test_links_of_a_bucket_are_signed_for_its_region_in_the_way_that_every_store_takes(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    entry = deployment.storage("s3://lab/cursal", "media", "https://s3.example", "eu-central-1")
    link = import_string(entry["BACKEND"])(**entry["OPTIONS"]).url("clip", expire=60)
    assert link.startswith("https://s3.example/lab/cursal/media/clip?X-Amz-Algorithm=AWS4-HMAC-SHA256")
    assert "%2Feu-central-1%2Fs3%2F" in link


def test_celery_speaks_json_and_knows_four_queues(settings):
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert [queue.name for queue in settings.CELERY_TASK_QUEUES] == ["ingest", "build", "evaluate", "train"]


def test_no_task_may_outlast_its_visibility_unless_acknowledged_early(settings):
    from webapp.celery import app

    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if name.startswith(("webapp.", "collector."))]
    assert ours
    for task in ours:
        limit = task.time_limit or settings.CELERY_TASK_TIME_LIMIT
        assert limit < settings.VISIBILITY_TIMEOUT_S or not task.acks_late, task.name


def test_every_sweep_that_beat_sends_exists(settings):
    from webapp.celery import app

    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_pages_run_scripts_of_our_own_only():
    policy = content_security_policy(["https://clips.example"])
    assert "script-src 'self';" in policy
    assert "media-src 'self' blob: https://clips.example" in policy
    assert "img-src 'self' data: blob: https://clips.example;" in policy
    assert "connect-src 'self' https://clips.example;" in policy


def test_every_setting_is_listed_in_the_example():
    """`.env.example` names what the code reads from the environment."""
    example = (PROJECT / ".env.example").read_text()
    read = "".join(path.read_text() for path in (PROJECT / "webapp").rglob("*.py"))
    names = set(re.findall(r'"(CURSAL_[A-Z0-9_]+|DATABASE_URL|REDIS_URL)"', read))
    assert {name for name in names if name not in example} == set()


@pytest.mark.django_db
def test_answers_carry_the_policy_headers(client, broker):
    answer = client.get("/healthz")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
