"""The rule that nothing here talks to another machine."""

import ipaddress
from urllib.parse import urlsplit


class NotLoopback(Exception):
    """An address that leads to another machine, or may lead there."""


def require_loopback(url: str) -> str:
    """Return the URL when its host is this machine, by number or as `localhost`.

    Raises:
        NotLoopback: It is another one, a name that somebody has to look up, or none at all.
    """
    host = urlsplit(url).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        message = f"{host or 'no host'}: the bench talks to 127.0.0.1 and to nobody else"
        raise NotLoopback(message)
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
