"""No URL that others name, however it is written, leads to anything that is not public."""

import re
from pathlib import Path

import httpcore
import httpx
import pytest
from pydantic import ValidationError

from security.ssrf.corpus import (
    FORBIDDEN_ADDRESSES,
    NAMES,
    NOT_ADDRESSES,
    OTHER_WAYS_TO_WRITE_LOOPBACK,
    PUBLIC_ADDRESSES,
    URLS,
)
from security.ssrf.dns import Resolver, serving_dns
from security.ssrf.trap import PUBLIC, Network
from shared.egress.addresses import is_public
from shared.egress.client import open_public_http
from shared.egress.dialing import PublicBackend, resolve
from shared.egress.targets import Target, TargetRefused, check_target, read_target
from shared.errors import PermanentError, RunPodUnavailable
from shared.runpod.answers import OutputImage, OutputKind
from shared.runpod.results import ResultFetcher
from storer.settings import StorerSettings

TLS = httpx.create_ssl_context(trust_env=False)
"""Made once: reading all certificates takes longer than a test."""

_NUMBERS = re.compile(r"[0-9a-fx.:]+(%\w+)?")
SETTINGS = {
    "profile": "production",
    "database_url": "postgresql://nowhere",
    "rabbitmq_url": "amqp://nowhere",
    "r2_endpoint_url": "https://nowhere.example",
    "r2_access_key_id": "-",
    "r2_secret_access_key": "-",
    "r2_bucket": "nowhere",
    "runpod_api_key": "-",
    "runpod_endpoint_id": "nowhere",
}
REFUSED = (TargetRefused, httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.ConnectError)


async def answer(host: str, _port: int) -> list[str]:
    """Know the corpus's names, let the system read numbers, and ask nobody about anything else."""
    if host == "open.example":
        return [PUBLIC]
    if host not in NAMES and _NUMBERS.fullmatch(host):
        return await resolve(host, 443)
    if host not in NAMES:
        raise OSError(host)
    return NAMES[host]


def test_the_corpus_is_large() -> None:
    assert len(set(URLS)) >= 160


@pytest.mark.parametrize("address", FORBIDDEN_ADDRESSES)
def test_an_address_that_is_not_public_is_forbidden(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_an_address_beside_the_forbidden_ones_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


@pytest.mark.asyncio
@pytest.mark.parametrize("url", URLS, ids=lambda url: ascii(url[:60]))
async def test_a_url_that_leads_inside_is_never_dialled(url: str, network: Network) -> None:
    async with open_public_http(tls=TLS, resolve=answer, network=network) as http:
        with pytest.raises(REFUSED):
            await http.get(url)

    assert network.dialled == []
    assert network.trapped == []


@pytest.mark.asyncio
@pytest.mark.parametrize("url", URLS, ids=lambda url: ascii(url[:60]))
async def test_it_is_refused_as_it_was_written_too(url: str, network: Network) -> None:
    """The client's own reading of a URL is not what protects us."""
    backend = PublicBackend(resolve=answer, network=network)

    async def follow() -> None:
        target = read_target(url)
        check_target(target)
        await backend.connect_tcp(target.host, target.port)

    with pytest.raises((TargetRefused, httpcore.ConnectError)):
        await follow()

    assert network.trapped == []


@pytest.mark.asyncio
@pytest.mark.parametrize("host", [*FORBIDDEN_ADDRESSES, *OTHER_WAYS_TO_WRITE_LOOPBACK, *NAMES])
async def test_the_last_step_alone_refuses_every_host(host: str, network: Network) -> None:
    backend = PublicBackend(resolve=answer, network=network)
    with pytest.raises((TargetRefused, httpcore.ConnectError)):
        await backend.connect_tcp(host, 443)

    assert network.trapped == []


@pytest.mark.asyncio
async def test_sockets_of_this_machine_are_refused(network: Network) -> None:
    with pytest.raises(TargetRefused):
        await PublicBackend(network=network).connect_unix_socket("/var/run/docker.sock")


@pytest.mark.asyncio
async def test_a_public_address_is_reached_under_its_name(network: Network) -> None:
    async with open_public_http(resolve=answer, network=network) as http:
        response = await http.get("https://open.example/a?b=c")

    assert response.content == b"hi"
    assert network.dialled == [(PUBLIC, 443)]
    assert network.asked_for == ["open.example"]
    assert network.requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: open.example\r\n")
    assert b"accept-encoding: identity\r\n" in network.requests[0].lower()


@pytest.mark.asyncio
async def test_the_network_of_these_tests_has_a_trap(network: Network) -> None:
    """Without a check the same request would be counted."""
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.HTTPError):
            await http.get(f"http://127.0.0.1:{network.trap_port}/", timeout=5)

    assert len(network.trapped) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "location",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://open.example/again",
        "http://127.0.0.1/",
        "//127.0.0.1/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
    ],
)
async def test_a_redirect_is_an_answer_and_nothing_more(location: str, network: Network) -> None:
    network.answer = (
        f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    )
    async with open_public_http(resolve=answer, network=network) as http:
        response = await http.get("https://open.example/")

    assert response.status_code == 302
    assert network.dialled == [(PUBLIC, 443)]
    assert network.trapped == []


@pytest.mark.asyncio
async def test_proxies_of_the_environment_are_not_used(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{network.trap_port}")
    async with open_public_http(resolve=answer, network=network) as http:
        await http.get("https://open.example/")

    assert network.trapped == []


@pytest.mark.asyncio
@pytest.mark.parametrize("first", [0, 1])
async def test_a_name_that_changes_its_mind_gains_nothing(first: int, network: Network) -> None:
    async with serving_dns(lambda n: (None, [(PUBLIC, "127.0.0.1")[(n + first) % 2]])) as served:
        server, port = served
        refused = 0
        async with open_public_http(resolve=Resolver(port), network=network) as http:
            for _ in range(20):
                try:
                    await http.get("https://rebinding.attacker.example/")
                except TargetRefused:
                    refused += 1

    assert refused == 10
    assert server.questions == 20
    assert network.dialled == [(PUBLIC, 443)] * 10
    assert network.trapped == []


@pytest.mark.asyncio
@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"]])
async def test_an_alias_of_something_inside_gains_nothing(
    addresses: list[str], network: Network
) -> None:
    async with (
        serving_dns(lambda _: ("db.internal.example", addresses)) as (server, port),
        open_public_http(resolve=Resolver(port), network=network) as http,
    ):
        with pytest.raises(TargetRefused):
            await http.get("https://alias.attacker.example/")

    assert server.questions == 1
    assert network.dialled == []


@pytest.mark.asyncio
async def test_an_alias_of_something_public_is_fine(network: Network) -> None:
    async with (
        serving_dns(lambda _: ("cdn.example", [PUBLIC])) as (_, port),
        open_public_http(resolve=Resolver(port), network=network) as http,
    ):
        assert (await http.get("https://shop.example/")).status_code == 200


@pytest.mark.asyncio
async def test_a_resolver_that_is_silent_is_given_up(network: Network) -> None:
    async with open_public_http(resolve=Resolver(network.trap_port), network=network) as http:
        with pytest.raises((httpx.ConnectTimeout, httpx.ConnectError)):
            await http.get("https://open.example/", timeout=0.2)

    assert network.dialled == []


@pytest.mark.asyncio
async def test_a_trusted_origin_is_exactly_that(network: Network) -> None:
    trusted = [Target("http", "127.0.0.1", 9000)]
    async with open_public_http(trusted, resolve=answer, network=network) as http:
        with pytest.raises(httpx.HTTPError):
            await http.get("http://127.0.0.1:9000/bucket/a.png")
        assert network.dialled == [("127.0.0.1", 9000)]
        for url in (
            "https://127.0.0.1:9000/",
            "http://127.0.0.1:9001/",
            "http://localhost:9000/",
            "http://127.0.0.1/",
            "http://127.0.0.1:9000@169.254.169.254/",
        ):
            with pytest.raises(REFUSED):
                await http.get(url)

    assert network.dialled == [("127.0.0.1", 9000)]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", sorted(NAMES))
async def test_a_configured_store_must_be_public_too(
    name: str, network: Network, tmp_path: Path
) -> None:
    url = f"https://{name}/a.png"
    async with open_public_http(resolve=answer, network=network) as http:
        fetcher = ResultFetcher(http, [read_target(url)])
        with pytest.raises((PermanentError, RunPodUnavailable)) as caught:
            await fetcher.fetch(OutputImage("x", OutputKind.URL, url), tmp_path / "picture")

    assert caught.value.code in {"provider_result_invalid", "provider_unavailable"}
    assert network.trapped == []


@pytest.mark.asyncio
async def test_a_configured_store_that_is_public_is_asked(network: Network, tmp_path: Path) -> None:
    url = "https://open.example/a.png?X-Amz-Signature=s"
    async with open_public_http(resolve=answer, network=network) as http:
        fetcher = ResultFetcher(http, [Target("https", "open.example", 443)])
        size_bytes = await fetcher.fetch(
            OutputImage("x", OutputKind.URL, url), tmp_path / "picture"
        )

    assert size_bytes == 2


@pytest.mark.parametrize(
    "origins",
    [
        "http://store.example",
        "https://store.example:9000",
        "https://user@store.example",
        "https://intranet",
        "https://store.example, nonsense",
    ],
)
def test_production_refuses_other_origins_at_start(origins: str) -> None:
    with pytest.raises(ValidationError, match="RUNPOD_RESULT_ORIGINS"):
        StorerSettings.model_validate(SETTINGS | {"runpod_result_origins": origins})


def test_production_trusts_no_origin_blindly() -> None:
    given = {"runpod_result_origins": "https://store.example, https://other.example"}
    settings = StorerSettings.model_validate(SETTINGS | given)
    local = StorerSettings.model_validate(
        SETTINGS | {"profile": "development", "runpod_result_origins": "http://127.0.0.1:9000"}
    )

    assert {target.host for target in settings.result_origins} == {"store.example", "other.example"}
    assert settings.trusted_origins == frozenset()
    assert local.trusted_origins == {Target("http", "127.0.0.1", 9000)}


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://Store.Example/a?b#c", Target("https", "store.example", 443)),
        ("https://store.example:443", Target("https", "store.example", 443)),
        ("http://store.example:8080", Target("http", "store.example", 8080)),
        ("https://a-b_c.r2.example/x%20y", Target("https", "a-b_c.r2.example", 443)),
        ("https://[2606:4700::1]/", Target("https", "2606:4700::1", 443)),
        ("https://xn--12c1fe0br.example/", Target("https", "xn--12c1fe0br.example", 443)),
    ],
)
def test_a_url_is_read_as_everybody_reads_it(url: str, target: Target) -> None:
    assert read_target(url) == target
