import pytest

from webapp.embedded import hosts


def test_a_loopback_site_answers_to_local_names_only():
    assert hosts.allowed_hosts("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]


def test_a_site_open_to_the_network_answers_to_this_machines_name(monkeypatch):
    monkeypatch.setattr(hosts.socket, "gethostname", lambda: "labserver")
    assert "labserver" in hosts.allowed_hosts("0.0.0.0")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("lab.example", "http://lab.example:8000"),
    ],
)
def test_the_address_works_from_this_machine(host, address):
    assert hosts.reachable_at(host, 8000) == address
