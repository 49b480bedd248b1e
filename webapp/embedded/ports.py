"""Which port to listen on."""

import socket

from webapp.embedded.errors import CannotStart

LOOPBACK = "127.0.0.1"
TRIES = 100


def free_port() -> int:
    """A loopback port that nobody listens on, chosen by the system."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now; raises CannotStart when this machine has no such address."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, OverflowError) as error:
        raise CannotStart(f"cannot listen on HOST={host} PORT={port}: {error}") from error
    with socket.socket(family) as probe:
        # As the web server does: connections of a former run that linger must not look like a busy port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError as error:
            raise CannotStart(
                f"port {port} needs more rights; choose one above 1023, as PORT=8000"
            ) from error
        except OSError as error:
            if _is_foreign(host):
                raise CannotStart(f"HOST={host} is no address of this machine: {error.strerror}") from error
            return False
    return True


def _is_foreign(host: str) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return True
    return False


def next_free_port(host: str, wanted: int) -> int:
    """`wanted`, or the first free port after it; raises CannotStart when a hundred in a row are busy."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if is_free(host, port):
            return port
    raise CannotStart(f"no free port from {wanted} to {wanted + TRIES - 1} on {host}; choose another PORT")
