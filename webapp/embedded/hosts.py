"""Under which names others may call this machine."""

import ipaddress
import socket

LOCAL = ["localhost", "127.0.0.1", "[::1]"]


def allowed_hosts(host: str, named: str = "") -> list[str]:
    """Names that the site answers to when it listens on `host`: local ones, since it is asked from here whether it
    is up, and those `named` by CURSAL_HOSTS. Where none are, this machine's when others can call it; what else a
    proxy or a name server calls it has to be said there."""
    others = [name.strip() for name in named.split(",") if name.strip()]
    if not _is_any(host):
        others.append(_bracketed(host))
    elif not others:
        others = [socket.gethostname(), socket.getfqdn(), *_addresses()]
    return list(dict.fromkeys([*LOCAL, *others]))


def reachable_at(host: str, port: int) -> str:
    """Address of the site for somebody at this machine."""
    shown = "127.0.0.1" if _is_any(host) else _bracketed(host)
    return f"http://{shown}:{port}"


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _addresses() -> list[str]:
    """The address that this machine shows to the network; empty when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: a datagram socket only looks up the route. The address is one of those that
            # RFC 5737 keeps for documentation.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return []
        return [str(probe.getsockname()[0])]
