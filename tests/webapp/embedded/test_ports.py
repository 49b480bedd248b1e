import socket

import pytest

from webapp.embedded import ports
from webapp.embedded.errors import CannotStart


@pytest.fixture
def busy_port():
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_busy_port_is_passed_over(busy_port):
    assert not ports.is_free(ports.LOOPBACK, busy_port)
    assert ports.next_free_port(ports.LOOPBACK, busy_port) > busy_port


def test_a_free_port_is_taken_as_it_is():
    port = ports.free_port()
    assert ports.next_free_port(ports.LOOPBACK, port) == port


@pytest.mark.parametrize("host", ["no-such-name.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_refused(host):
    with pytest.raises(CannotStart, match=f"HOST={host}"):
        ports.next_free_port(host, 8000)
