"""HTTP that is bent, doubled, endless or none: one refusal at most, and never an error of ours."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from gateway.settings import GatewaySettings
from security.process import GatewayProcess, gateway_process
from security.raw import Exchange, exchange

pytestmark = pytest.mark.timeout(240)

SMUGGLED: Final = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"
"""Whoever answers this has taken a part of one request for another."""

AT_ONCE: Final = 8


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST /v1/session HTTP/1.1", b"host: x", *headers, b"", body])


def get(target: bytes = b"/health", *headers: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    return b"\r\n".join([b"GET %b %b" % (target, version), b"host: x", *headers, b"", b""])


def lengths(*values: bytes) -> bytes:
    return post(*(b"content-length: " + value for value in values), body=b"hello" + SMUGGLED)


def codings(*values: bytes) -> bytes:
    return post(*(b"transfer-encoding: " + value for value in values), body=b"0\r\n\r\n" + SMUGGLED)


def chunks(body: bytes) -> bytes:
    return post(b"transfer-encoding: chunked", body=body + SMUGGLED)


AMBIGUOUS: Final = {
    "length and coding": post(
        b"content-length: 6", b"transfer-encoding: chunked", body=b"0\r\n\r\nX" + SMUGGLED
    ),
    "coding and length": post(
        b"transfer-encoding: chunked", b"content-length: 4", body=b"5c\r\n" + SMUGGLED
    ),
    "two lengths": lengths(b"5", b"0"),
    "two lengths, the other way": lengths(b"0", b"5"),
    "a list of lengths": lengths(b"5, 0"),
    "a length with a plus": lengths(b"+5"),
    "a negative length": lengths(b"-5"),
    "a hexadecimal length": lengths(b"0x5"),
    "a length with a blank": lengths(b"5 5"),
    "a length with an underscore": lengths(b"1_0"),
    "a length with a point": lengths(b"5.0"),
    "a length in other digits": lengths("\N{THAI DIGIT FIVE}".encode()),
    "a length beyond 64 bits": lengths(b"18446744073709551621"),
    "an empty length": lengths(b""),
    "another coding": codings(b"xchunked"),
    "no coding": codings(b"identity"),
    "chunked, then another": codings(b"chunked, identity"),
    "chunked twice": codings(b"chunked, chunked"),
    "two codings": codings(b"identity", b"chunked"),
    "a quoted coding": codings(b'"chunked"'),
    "a coding behind a vertical tab": codings(b"\x0bchunked"),
    "a coding with a NUL": codings(b"chunked\0"),
    "a blank before the colon": post(b"transfer-encoding : chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "a tab before the colon": post(b"content-length\t: 5", body=b"hello" + SMUGGLED),
    "a folded coding": post(b"transfer-encoding:\r\n chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "a folded length": post(b"content-length: 5\r\n 5", body=b"hello" + SMUGGLED),
    "a coding in HTTP/1.0": codings(b"chunked").replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "a chunk size with a prefix": chunks(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk size with a sign": chunks(b"+5\r\nhello\r\n0\r\n\r\n"),
    "a negative chunk": chunks(b"-5\r\nhello\r\n0\r\n\r\n"),
    "a huge chunk": chunks(b"FFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
    "a chunk without a size": chunks(b"\r\nhello\r\n0\r\n\r\n"),
    "a chunk longer than its size": chunks(b"2\r\nhello\r\n0\r\n\r\n"),
    "a chunk ended by a line feed": chunks(b"5\nhello\n0\n\n"),
    "a chunk extension with a line feed": chunks(b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
    "a chunk extension with a carriage return": chunks(b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
    "a trailing NUL": chunks(b"5\r\nhello\0\r\n0\r\n\r\n"),
    "a header without a name": post(b": x", body=SMUGGLED),
    "a header without a colon": post(b"nothing", body=SMUGGLED),
    "a header name with a blank": post(b"a b: x", body=SMUGGLED),
    "a header name with a parenthesis": post(b"a(b: x", body=SMUGGLED),
    "a header name with a NUL": post(b"a\0b: x", body=SMUGGLED),
    "a header value with a NUL": post(b"a: x\0y", body=SMUGGLED),
    "a header value with a carriage return": post(b"a: x\ry: z", body=SMUGGLED),
    "a header that begins with a blank": post(b" a: x", body=SMUGGLED),
    "lines ended by line feeds": b"POST /v1/session HTTP/1.1\nhost: x\n\n" + SMUGGLED,
    "two hosts": post(b"host: y", body=SMUGGLED),
}
"""Each is read in two ways by somebody. None may be answered as if it were clear."""

NO_HTTP: Final = {
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x12\4" + bytes(23),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    "a newer version": get(version=b"HTTP/9.9"),
    "a version of three digits": get(version=b"HTTP/1.10"),
    "another protocol": get(version=b"ICY/1.1"),
    "no version": b"GET /health \r\nhost: x\r\n\r\n",
    "a method in small letters": get().replace(b"GET", b"get", 1),
    "an unknown method": get().replace(b"GET", b"HACK", 1),
    "a method with a NUL": get().replace(b"GET", b"G\0T", 1),
    "no target": b"GET  HTTP/1.1\r\nhost: x\r\n\r\n",
    "a target with a blank": get(b"/a b"),
    "a target with a NUL": get(b"/a\0b"),
    "a target with a line feed": get(b"/a\nb"),
    "a target beyond ASCII": get("/รูป".encode()),
    "a target that is no path": get(b"health"),
    "a target of another scheme": get(b"gopher://x/health"),
    "a tunnel": b"CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
    "everything": b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
    "a mail": b"EHLO elsewhere.example\r\nMAIL FROM:<a@b>\r\n",
    "a key store": b"*1\r\n$4\r\nPING\r\n",
    "noise": bytes(range(256)) * 8,
    "nothing but line ends": b"\r\n" * 2000 + b"X",
}

HOSTS: Final = (
    b"",
    b" ",
    b"a b",
    b"a,b",
    b"[",
    b"[::1",
    b"[zz]",
    b"]:80",
    b"user@host",
    b"host/path",
    b"host?query",
    b"host#part",
    b"host\\path",
    b"http://host",
    b"host:port",
    b"host:-1",
    b"host:999999",
    b"host:80:80",
    b"<script>",
    b'"quoted"',
    b"%00",
    "โฮสต์".encode(),
    b"a" * 300,
    b"a." * 5000,
)
"""None is a host; a page that wrote one into a link would lead its reader there."""

TARGETS: Final = (
    b"/v1/jobs?limit=NaN",
    b"/v1/jobs?limit=1e999",
    b"/v1/jobs?limit=Infinity",
    b"/v1/jobs?limit=" + b"9" * 5000,
    b"/v1/jobs?limit=1&limit=%00",
    b"/v1/jobs?limit=-0",
    b"/v1/jobs?limit=%D9%A1",
    b"/v1/jobs?limit[]=1",
    b"/v1/jobs?status=%00",
    b"/v1/jobs?status=%ED%A0%80",
    b"/v1/jobs?status=" + b"[" * 10_000,
    b"/v1/jobs?cursor=%00",
    b"/v1/jobs?cursor=%F0%9F%98%80",
    b"/v1/jobs?cursor=" + b"A" * 10_000,
    b"/v1/jobs?" + b"a=1&" * 5000,
    b"/v1/jobs?%",
    b"/v1/jobs?=&=&&&",
    b"/v1/jobs/%00",
    b"/v1/jobs/%ED%A0%80",
    b"/v1/jobs/%FF%FE",
    b"/v1/jobs/" + b"%2e%2e%2f" * 10 + b"etc/passwd",
    b"/v1/jobs/" + b"a" * 10_000,
    b"/v1/jobs/..%5c..%5c",
    b"/v1/jobs/;id",
    b"/v1/jobs/%0d%0aset-cookie:%20a=b",
    b"/v1/jobs/00000000-0000-0000-0000-000000000000/events",
    b"/api/queue/status?id=%00",
    b"/api/queue/status?id=" + b"{" * 5000,
    b"/api/queue/status?id=1&id=2",
    b"/errors/%00",
    b"/errors/%0d%0alocation:%20x",
    b"/errors/..%2f..%2f",
    b"/assets/%00",
    b"/assets/" + b"a" * 5000,
    b"/assets/%2e%2e/%2e%2e/etc/passwd",
    b"/assets/..%2f..%2f..%2fetc%2fpasswd",
    b"/assets/%ED%A0%80",
    b"/assets/C:%5cwindows",
    b"//elsewhere.example/",
    b"//elsewhere.example/%2f..",
    b"/\\elsewhere.example",
    b"/.%00./",
    b"/%",
    b"/%zz",
    b"/" + b"/" * 3000,
    b"/" + b"../" * 1000,
    b"http://elsewhere.example/v1/account",
)


@pytest_asyncio.fixture
async def gateway(settings: GatewaySettings, tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    studio = tmp_path / "studio"
    for name in ("index.html", "th/index.html", "en/index.html", "assets/a.js"):
        (studio / name).parent.mkdir(parents=True, exist_ok=True)
        (studio / name).write_text("x")
    async with gateway_process(settings, tmp_path, STUDIO_DIR=str(studio)) as running:
        yield running
    log = running.log.read_text(encoding="utf-8")
    assert "unexpected error" not in log
    assert "Traceback" not in log


async def each(gateway: GatewayProcess, sent: dict[str, bytes]) -> dict[str, Exchange]:
    """Send each over a connection of its own, some at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, data: bytes) -> tuple[str, Exchange]:
        async with room:
            return name, await exchange(gateway.port, data)

    return dict(await asyncio.gather(*(one(name, data) for name, data in sent.items())))


def check_refused(exchanges: dict[str, Exchange]) -> None:
    """Check that each was refused once, in our words, or not answered; and that it was hung up."""
    wrong = {
        name: (got.statuses, got.closed, got.leftover[:60])
        for name, got in exchanges.items()
        if len(got.answers) > 1
        or any(not 400 <= status < 500 for status in got.statuses)
        or not got.closed
        or got.leftover
    }
    assert wrong == {}
    for name, got in exchanges.items():
        for answer in got.answers:
            assert answer.headers["content-type"] == "application/problem+json", name
            assert json.loads(answer.body)["status"] == answer.status


@pytest.mark.asyncio
async def test_what_two_servers_could_read_in_two_ways_is_refused(gateway: GatewayProcess) -> None:
    exchanges = await each(gateway, AMBIGUOUS)
    smuggled = [
        name
        for name, got in exchanges.items()
        if any(b'"openapi"' in answer.body for answer in got.answers)
    ]
    assert smuggled == []
    check_refused(exchanges)


@pytest.mark.asyncio
async def test_what_is_no_request_is_refused(gateway: GatewayProcess) -> None:
    check_refused(await each(gateway, NO_HTTP))


@pytest.mark.asyncio
async def test_a_request_needs_one_host_that_could_be_one(gateway: GatewayProcess) -> None:
    sent = {
        f"{host[:40]!r} {language!r}": b"\r\n".join(
            [
                b"GET / HTTP/1.1",
                b"host: " + host,
                b"accept-language: " + language,
                b"connection: close",
                b"",
                b"",
            ]
        )
        for host in HOSTS
        for language in (b"en", b"th")
    }
    sent["none"] = b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"
    check_refused(await each(gateway, sent))
    old = await exchange(gateway.port, b"GET /health HTTP/1.0\r\n\r\n")
    assert old.statuses == [200]
    for host in (b"localhost", b"a.example:8443", b"[::1]:8000", b"127.0.0.1", b"A-b_c.example."):
        got = await exchange(gateway.port, get().replace(b"host: x", b"host: " + host))
        assert got.statuses == [200], host


@pytest.mark.asyncio
async def test_odd_targets_are_refused_or_answered_but_never_break(gateway: GatewayProcess) -> None:
    session = await exchange(gateway.port, post(b"content-length: 0"))
    cookie = session.answers[0].headers["set-cookie"].split(";")[0].encode()
    sent = {
        repr(target[:60]): get(target, b"cookie: " + cookie, b"connection: close")
        for target in TARGETS
    }
    exchanges = await each(gateway, sent)
    broken = {
        name: got.statuses
        for name, got in exchanges.items()
        if len(got.answers) > 1 or any(status >= 500 for status in got.statuses)
    }
    assert broken == {}
    for name, got in exchanges.items():
        for answer in got.answers:
            assert b"root:" not in answer.body, name
            assert "elsewhere.example" not in answer.headers.get("location", ""), name
            assert answer.headers.keys().isdisjoint({"access-control-allow-origin"}), name
            if answer.status not in {200, 204, 307}:
                assert answer.headers["content-type"] == "application/problem+json", name


@pytest.mark.asyncio
async def test_floods_of_headers_and_endless_lines_are_cut_off(gateway: GatewayProcess) -> None:
    name = b"x" * 100
    sent = {
        "ten thousand headers": get(b"/health", *(b"h%d: x" % n for n in range(10_000))),
        "a long value": get(b"/health", b"a: " + b"x" * 2_000_000),
        "a long name": get(b"/health", b"x" * 2_000_000 + b": a"),
        "a long target": get(b"/" + b"a" * 2_000_000),
        "a long query": get(b"/v1/config?" + b"a" * 2_000_000),
        "many cookies": get(b"/health", *(b"cookie: a=b" for _ in range(20_000))),
        "a long cookie": get(b"/v1/account", b"cookie: ob_session=" + b"A" * 1_000_000),
        "a header without an end": b"GET /health HTTP/1.1\r\nhost: x\r\na: " + b"x" * 3_000_000,
        "trailers": chunks(b"0\r\n" + b"".join(b"t%d: %b\r\n" % (n, name) for n in range(20_000))),
        "chunk extensions": chunks(b"1;" + b"e" * 2_000_000 + b"\r\nx\r\n0\r\n\r\n"),
    }
    exchanges = await each(gateway, sent)
    wrong = {
        name: got.statuses
        for name, got in exchanges.items()
        if len(got.answers) > 1 or not got.closed or any(s >= 500 or s < 200 for s in got.statuses)
    }
    assert wrong == {}
    refused = {name for name, got in exchanges.items() if got.statuses in ([], [400])}
    assert exchanges.keys() - refused <= {"trailers", "chunk extensions"}
    assert (await exchange(gateway.port, get())).statuses == [200]


JSON_BODIES: Final = (
    b'{"prompt": "a", "prompt": "b"}',
    b'{"seed": NaN}',
    b'{"seed": 1e999}',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"prompt": "\\ud800"}',
    b'{"prompt": "\\u0000"}',
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\0}\0",
    b"",
)


@pytest.mark.asyncio
async def test_no_call_reads_a_body_that_it_does_not_expect(gateway: GatewayProcess) -> None:
    """JSON of any shape is refused where a form is wanted, and not looked at elsewhere."""
    for body in JSON_BODIES:
        for path in (b"/v1/jobs", b"/api/queue/create", b"/v1/session", b"/hooks/runpod/t"):
            head = b"content-type: application/json\r\ncontent-length: %d" % len(body)
            request = post(head, b"connection: close", body=body)
            got = await exchange(gateway.port, request.replace(b"/v1/session", path, 1))
            wanted = [200] if path in {b"/v1/session", b"/hooks/runpod/t"} else [415]
            assert got.statuses == wanted, (path, body[:40])


FORMS: Final = (
    b'--b\r\ncontent-disposition: form-data; name="a\0b"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\ncontent-disposition: form-data; name="prompt\0"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n\0\r\n--b--\r\n',
    b'--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n\xed\xa0\x80\r\n--b--\r\n',
    b'--b\r\ncontent-disposition: form-data; name="prompt"; name="seed"\r\n\r\nx\r\n--b--\r\n',
    b"--b\r\ncontent-disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\n\r\nx\r\n--b--\r\n",
    b'--b\r\ncontent-disposition: form-data; name="seed"\r\n\r\n1e999\r\n--b--\r\n',
    b'--b\r\ncontent-disposition: form-data; name="image"; filename="\xff"\r\n\r\nx\r\n--b--\r\n',
    b"--b\r\ncontent-disposition: form-data; name=image; filename*=utf-99''x\r\n\r\nx\r\n--b--\r\n",
    b"--b" * 5000,
    b"--b--\r\n" * 1000,
    b"\r\n" * 5000,
)


@pytest.mark.asyncio
async def test_odd_forms_are_refused(gateway: GatewayProcess) -> None:
    for form in FORMS:
        head = b"content-type: multipart/form-data; boundary=b\r\ncontent-length: %d" % len(form)
        request = post(head, b"connection: close", body=form)
        got = await exchange(gateway.port, request.replace(b"/v1/session", b"/v1/jobs", 1))
        assert len(got.answers) == 1, form[:80]
        assert 400 <= got.statuses[0] < 500, (got.statuses, form[:80])


def test_no_statement_is_made_of_what_comes_from_outside() -> None:
    """The linter's rule is off in two folders, where statements are joined from constants only."""
    root = Path(__file__).parents[2]
    quiet = re.compile(r"noqa:[^#]*S608")
    sources = [*root.glob("shared/src/**/*.py"), *root.glob("services/*/src/**/*.py")]
    assert [str(file) for file in sources if quiet.search(file.read_text("utf-8"))] == []
    statement = re.compile(r'= f"""(.*?)"""|= f"([^"\n]*)"', re.DOTALL)
    for file in root.glob("shared/src/shared/db/*.py"):
        for found in statement.findall(file.read_text("utf-8")):
            for name in re.findall(r"\{([^{}]+)\}", "".join(found)):
                assert re.fullmatch("_?[A-Z][A-Z0-9_]*", name), (file.name, name)
