"""Where a URL leads, read strictly: what two programs could read differently is refused."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

URL_LIMIT: Final = 8192
"""Characters; a link signed with a session token has up to two thousand."""

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_PLAIN_ASCII: Final = re.compile(r"[!#-\[\]-_a-z{|}~]+")
"""Visible ASCII without quotation marks, backslash and backtick."""

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


class TargetRefused(Exception):
    """A URL leads where we do not go; the text is a reason without the URL, which may be secret."""


@dataclass(frozen=True, slots=True)
class Target:
    """An origin: a lower-case host name or numeric address, without brackets, and a port."""

    scheme: str
    host: str
    port: int


def read_target(url: str) -> Target:
    """Return where a URL leads.

    Raises:
        TargetRefused: ``not_a_url`` when it can be read in more than one way or not at all,
            ``credentials`` when it holds a user or a password.
    """
    if len(url) > URL_LIMIT or not _PLAIN_ASCII.fullmatch(url):
        raise TargetRefused("not_a_url")
    try:
        parts = urlsplit(url)
        scheme, netloc, host, port = parts.scheme, parts.netloc, parts.hostname or "", parts.port
    except ValueError:
        raise TargetRefused("not_a_url") from None
    if "@" in netloc:
        raise TargetRefused("credentials")
    if scheme not in _DEFAULT_PORTS or port == 0 or not _is_host(host):
        raise TargetRefused("not_a_url")
    written = f"[{host}]" if ":" in host else host
    if netloc.lower() != (written if port is None else f"{written}:{port}"):
        raise TargetRefused("not_a_url")
    return Target(scheme, host, _DEFAULT_PORTS[scheme] if port is None else port)


def check_target(target: Target) -> None:
    """Refuse what no public address can be behind, before anything is resolved.

    Raises:
        TargetRefused: ``scheme`` unless it is https, ``port`` unless it is 443, ``local_name``.
    """
    if target.scheme != "https":
        raise TargetRefused("scheme")
    if target.port != _DEFAULT_PORTS["https"]:
        raise TargetRefused("port")
    if "." not in target.host and ":" not in target.host:
        raise TargetRefused("local_name")


def _is_host(host: str) -> bool:
    if ":" in host:
        return _is_ipv6(host)
    # A name whose last part is a number is an address to every browser, in whichever notation.
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _is_dotted_ipv4(host)
    return _NAME.match(host) is not None


def _is_ipv6(host: str) -> bool:
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


def _is_dotted_ipv4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False
