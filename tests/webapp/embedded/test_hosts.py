import pytest

from webapp.embedded import hosts


def test_a_loopback_site_answers_to_local_names_only():
    assert hosts.allowed_hosts("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]


def test_a_site_open_to_the_network_answers_to_this_machines_name(monkeypatch):
    monkeypatch.setattr(hosts.socket, "gethostname", lambda: "labserver")
    assert "labserver" in hosts.allowed_hosts("0.0.0.0")


def test_names_that_an_operator_gives_take_this_machines_place_beside_the_local_ones():
    named = "cursal.example.org, www.example.org"
    local = ["localhost", "127.0.0.1", "[::1]"]
    assert hosts.allowed_hosts("0.0.0.0", named) == [*local, "cursal.example.org", "www.example.org"]
    assert hosts.allowed_hosts("10.0.0.7", "*") == [*local, "*", "10.0.0.7"]


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
