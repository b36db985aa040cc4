"""What every answer tells a browser: of each call, each refusal, each file and each stream."""

import json
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from gateway.security.cookies import COOKIE, SessionSigner
from gateway.settings import GatewaySettings
from security.process import GatewayProcess, gateway_process
from security.raw import exchange
from security.surface import SURFACE, place
from shared.db.accounts import Accounts
from shared.db.database import Database
from shared.ids import new_id

pytestmark = pytest.mark.asyncio

SECRET = secrets.token_hex(32)
WANTED = {
    "strict-transport-security": r"max-age=31536000; includeSubDomains",
    "x-content-type-options": r"nosniff",
    "referrer-policy": r"strict-origin-when-cross-origin",
    "permissions-policy": r".*geolocation=\(\).*microphone=\(\).*payment=\(\).*",
    "cross-origin-opener-policy": r"same-origin",
    "x-frame-options": r"DENY",
    "content-security-policy": r"default-src 'none'.*frame-ancestors 'none'.*base-uri 'none'.*",
    "cache-control": r".+",
}
UNWANTED = re.compile(
    r"^(server|x-powered-by|via|x-aspnet.*|access-control-.*|www-authenticate)$", re.IGNORECASE
)
BANNERS = re.compile(r"uvicorn|starlette|fastapi|python|httptools", re.IGNORECASE)


@dataclass(frozen=True)
class Production:
    """A gateway with the profile of production, and somebody who is signed in."""

    gateway: GatewayProcess
    client: httpx.AsyncClient
    database: Database


@pytest_asyncio.fixture
async def production(settings: GatewaySettings, tmp_path: Path) -> AsyncIterator[Production]:
    studio = tmp_path / "studio"
    for name in ("index.html", "th/index.html", "en/index.html", "assets/a.js", "icon.svg"):
        (studio / name).parent.mkdir(parents=True, exist_ok=True)
        (studio / name).write_text("x")
    environment = {
        "PROFILE": "production",
        "SESSION_SECRET": SECRET,
        "STUDIO_DIR": str(studio),
        "R2_ACCESS_KEY_ID": f"key-{SECRET[:8]}",
        "R2_SECRET_ACCESS_KEY": SECRET,
    }
    async with (
        Database(settings.database_url.get_secret_value()) as database,
        gateway_process(settings, tmp_path, **environment) as gateway,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False, timeout=30) as client,
    ):
        account = await Accounts(database).open_guest(100)
        client.headers["cookie"] = f"{COOKIE}={SessionSigner(SECRET).sign(account.id)}"
        yield Production(gateway, client, database)


def problems_of(answer: httpx.Response) -> list[str]:
    """Return what is wrong with the headers of an answer."""
    wrong = [
        f"{name}: {answer.headers.get(name)}"
        for name, pattern in WANTED.items()
        if re.fullmatch(pattern, answer.headers.get(name, "")) is None
        or len(answer.headers.get_list(name)) != 1
    ]
    wrong += [name for name in answer.headers if UNWANTED.match(name)]
    wrong += [f"{name}: {value}" for name, value in answer.headers.items() if BANNERS.search(value)]
    policy = answer.headers.get("content-security-policy", "")
    wrong += [word for word in ("unsafe", "*") if word in policy]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    wrong += [
        f"{kind} {rules[kind]}"
        for kind in ("script-src", "font-src", "manifest-src", "form-action")
        if rules.get(kind, "'none'") not in {"'self'", "'none'"}
    ]
    cookie = answer.headers.get("set-cookie", "").lower()
    if cookie and not all(part in cookie for part in ("secure", "httponly", "samesite=lax")):
        wrong.append(cookie)
    return wrong


async def answers_of(production: Production) -> dict[str, httpx.Response]:
    """Return an answer of every call, with and without a session, and of every kind of refusal."""
    client, answers = production.client, {}
    job = (await client.post("/v1/jobs", files=[("prompt", (None, "a"))])).json()
    for call in sorted(SURFACE, key=lambda call: call.startswith("DELETE")):
        method, path = place(call, job["id"])
        for who, headers in (("anonymous", {"cookie": ""}), ("signed in", {})):
            async with client.stream(method, path, headers=headers) as answer:
                if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                    await answer.aread()
                answers[f"{call} {who}"] = answer
    form = {"content-type": "multipart/form-data; boundary=b"}
    for name, request in {
        "no address": client.get("/nothing/of/this"),
        "a job that is none": client.get(f"/v1/jobs/{new_id()}"),
        "another method": client.put("/v1/jobs"),
        "a preflight": client.options("/v1/jobs"),
        "another site": client.post("/v1/session", headers={"origin": "https://a.example"}),
        "another type": client.post("/v1/jobs", json={}),
        "a bent form": client.post("/v1/jobs", content=b"x", headers=form),
        "a bad field": client.post("/v1/jobs", files=[("prompt", (None, ""))]),
        "a bad number": client.get("/v1/jobs?limit=x"),
        "a file": client.get("/assets/a.js"),
        "a file at the top": client.get("/icon.svg"),
        "no file": client.get("/assets/nothing.js"),
        "a file, unchanged": client.get("/assets/a.js", headers={"if-none-match": "*"}),
        "a part of a file": client.get("/assets/a.js", headers={"range": "bytes=0-0"}),
        "a part that is none": client.get("/assets/a.js", headers={"range": "bytes=9-"}),
        "a head": client.head("/th"),
        "a redirect": client.get("/", headers={"accept-language": "en"}),
        "a code": client.get("/errors/not_found"),
    }.items():
        answers[name] = await request
    await production.database.row("ALTER TABLE jobs RENAME TO hidden")
    answers["an error of ours"] = await client.get(f"/v1/jobs/{job['id']}")
    await production.database.row("ALTER TABLE hidden RENAME TO jobs")
    return answers


async def test_every_answer_carries_every_header(production: Production) -> None:
    answers = await answers_of(production)
    wrong = {name: found for name, one in answers.items() if (found := problems_of(one))}
    assert wrong == {}
    statuses = {answer.status_code for answer in answers.values()}
    assert statuses >= {200, 202, 204, 206, 307, 400, 401, 403, 404, 405, 409, 415, 416, 422, 500}
    for name, answer in answers.items():
        if answer.headers.get("content-type", "").startswith("application/"):
            assert "no-store" in answer.headers["cache-control"] or answer.is_success, name


async def test_what_is_refused_before_it_is_a_request_carries_them_too(
    production: Production,
) -> None:
    form = b"host: x\r\ncontent-type: multipart/form-data; boundary=b"
    for sent in (
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a b\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"x" * 300_000,
        b"POST /v1/jobs HTTP/1.1\r\n%b\r\ncontent-length: 99999999\r\n\r\n" % form,
    ):
        got = await exchange(production.gateway.port, sent)
        for answer in got.answers:
            assert answer.status in {400, 401, 413}
            raw = httpx.Response(answer.status, headers=answer.headers)
            assert problems_of(raw) == []
            assert json.loads(answer.body)["status"] == answer.status
    assert got.answers


ORIGINS = (
    "null",
    "https://elsewhere.example",
    "http://{host}",
    "https://{host}",
    "https://{host}.elsewhere.example",
    "https://elsewhere-{host}",
    "https://sub.{host}",
    "https://{host}:444",
    "https://{host}@elsewhere.example",
    "https://elsewhere.example/{host}",
    "https://{host}%60.elsewhere.example",
    "file://",
    "chrome-extension://abc",
)


async def test_no_origin_is_ever_allowed_to_read(production: Production) -> None:
    """There is no list of foreign origins: the studio is served from the API's own."""
    host = httpx.URL(production.gateway.url).netloc.decode()
    for pattern in ORIGINS:
        origin = {"origin": pattern.format(host=host)}
        asked = origin | {
            "access-control-request-method": "POST",
            "access-control-request-headers": "idempotency-key,content-type",
            "access-control-request-private-network": "true",
        }
        for path in ("/v1/jobs", "/v1/account", "/v1/config", "/openapi.json", "/hooks/runpod/x"):
            for answer in (
                await production.client.options(path, headers=asked),
                await production.client.get(path, headers=origin),
                await production.client.post(path, headers=origin),
            ):
                allowed = [name for name in answer.headers if name.startswith("access-control")]
                assert allowed == [], (pattern, path)
                assert "timing-allow-origin" not in answer.headers
            preflight = await production.client.options(path, headers=asked)
            assert preflight.status_code == 405
