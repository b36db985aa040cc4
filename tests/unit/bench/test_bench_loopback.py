"""No address but this machine's is taken."""

from dataclasses import replace

import pytest
from bench.loopback import NotLoopback, require_loopback
from bench.site import Site

SITE = Site(
    database_url="postgresql://ob:secret@127.0.0.1:5432/bench",
    broker_url="amqp://ob:secret@localhost:5672/bench",
    provider_url="http://[::1]:9000",
)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "[::1]"])
def test_this_machine_is_taken(host: str) -> None:
    url = f"amqp://ob:secret@{host}:5672/bench"
    assert require_loopback(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ob@10.0.0.1/bench",
        "http://api.runpod.ai/v2",
        "http://localhost.example.com/",
        "http://127.0.0.1@example.com/",
        "http://0.0.0.0:9000/",
        "http://127.1/",
        "127.0.0.1:9000",
        "",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(NotLoopback):
        require_loopback(url)


@pytest.mark.parametrize("name", ["database_url", "broker_url", "provider_url"])
def test_a_site_with_one_server_elsewhere_cannot_be_made(name: str) -> None:
    with pytest.raises(NotLoopback):
        replace(SITE, **{name: "http://example.com/"})


def test_processes_are_told_of_their_site_by_environment() -> None:
    assert Site.from_environment(SITE.environment()) == SITE
