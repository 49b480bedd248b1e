"""What the supervisor hands to the site's processes."""

from types import SimpleNamespace

import pytest
from django.test import override_settings

from webapp.embedded.state import StateFolder
from webapp.embedded.supervisor import Supervisor


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "10.0.0.7"])
def test_the_site_answers_the_supervisor_whatever_names_an_operator_gives(
    host, tmp_path, monkeypatch, client, broker
):
    monkeypatch.setenv("CURSAL_HOSTS", "cursal.example.org")
    supervisor = Supervisor(StateFolder(tmp_path), stop=None, say=print)
    supervisor._keeper.close()  # nothing is started that it would have to end
    supervisor._set_environment(SimpleNamespace(environment={}), host, 8000)
    names = supervisor.environment["CURSAL_HOSTS"].split(",")
    asked = supervisor.url.removeprefix("http://")
    with override_settings(ALLOWED_HOSTS=names):
        assert client.get("/healthz", headers={"host": asked}).status_code == 200
        assert client.get("/healthz", headers={"host": "cursal.example.org"}).status_code == 200
        assert client.get("/healthz", headers={"host": "elsewhere.example.org"}).status_code == 400
