"""What everybody may read: configuration, documents, headers, the studio."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.settings import GatewaySettings
from shared.errors import CATALOGUE
from shared.ids import new_id
from test_gateway.rig import Rig, Visitor, check_problem, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

STYLE = "a{color:red}"
PLAIN = {"accept-encoding": "identity"}
FRONT = '<meta name="build" content="b1" />bare'


@pytest.fixture(scope="module")
def studio_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    around = tmp_path_factory.mktemp("around")
    folder = around / "studio"
    for name, content in {
        "index.html": '<meta name="build" content="b1" />bare',
        "th/index.html": f"<style>{STYLE}</style>thai",
        "th/history/index.html": "history",
        "th/404.html": "nowhere, in Thai",
        "en/index.html": "english",
        "en/404.html": "nowhere",
        "sw.js": "keep()",
        "th.webmanifest": "{}",
        "favicon.svg": "<svg/>",
        "assets/index-abc.js": "app()",
        "assets/index-abc.js.br": "brotli",
        "assets/index-abc.js.gz": "gzip",
        "sample/before.webp": "jpeg",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (around / "secret.txt").write_text("secret")
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(file_settings: GatewaySettings, studio_dir: Path) -> AsyncIterator[Rig]:
    async with running(file_settings.model_copy(update={"studio_dir": studio_dir})) as rig:
        yield rig


async def test_the_configuration_is_what_the_product_does(guest: Visitor) -> None:
    response = await guest.http.get("/v1/config")
    assert response.json() == {
        "limits": {
            "upload_bytes": 26214400,
            "upload_megapixels": 40,
            "min_side_px": 32,
            "prompt_code_points": 1000,
        },
        "formats": ["image/jpeg", "image/png", "image/webp", "image/heic"],
        "ratios": [
            {"id": "1:1", "width": 1024, "height": 1024},
            {"id": "9:16", "width": 768, "height": 1360},
            {"id": "16:9", "width": 1360, "height": 768},
        ],
        "models": [
            {"id": "qwen-image-edit", "needs_image": True, "price_credits": 2},
            {"id": "qwen-image", "needs_image": False, "price_credits": 2},
        ],
        "download": {
            "formats": ["png", "jpeg", "webp"],
            "qualities": [60, 75, 85, 92, 100],
        },
        "picture_sides_px": [384, 768, 1024],
        "default_ratio": "1:1",
        "retention_days": 30,
        "guest_accounts": True,
        "simulator": True,
        "build": None,
    }


async def test_the_configuration_names_the_build_that_is_served(studio: Rig) -> None:
    stranger = await studio.visitor(signed_in=False)
    assert (await stranger.http.get("/v1/config")).json()["build"] == "b1"


@pytest.mark.parametrize(
    "path", ["/", "/health", "/v1/config", "/v1/account", "/v1/nothing", "/docs", "/openapi.json"]
)
async def test_every_answer_has_the_security_headers(shared_rig: Rig, path: str) -> None:
    response = await (await shared_rig.visitor(signed_in=False)).http.get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=()" in response.headers["permissions-policy"]
    policy = response.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert len(response.headers["x-request-id"]) == 32
    assert "strict-transport-security" not in response.headers
    assert "access-control-allow-origin" not in response.headers


async def test_the_document_lists_every_code_and_event(guest: Visitor) -> None:
    document = (await guest.http.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert schemas["Problem"]["properties"]["code"]["enum"] == sorted(CATALOGUE)
    assert schemas["JobEvent"]["properties"]["job"] == {"$ref": "#/components/schemas/Job"}
    assert schemas["Ratio"]["enum"] == ["1:1", "9:16", "16:9"]
    assert schemas["Job"]["example"]["stage"] == "generating"
    events = document["paths"]["/v1/jobs/{job_id}/events"]["get"]["responses"]["200"]["content"]
    messages = events["text/event-stream"]["schema"]["oneOf"]
    told = {
        message["properties"]["event"]["const"]: message["properties"]["data"]["contentSchema"]
        for message in messages
    }
    assert told == {
        "job": {"$ref": "#/components/schemas/JobEvent"},
        "account": {"$ref": "#/components/schemas/Account"},
    }
    create = document["paths"]["/v1/jobs"]["post"]
    assert "multipart/form-data" in create["requestBody"]["content"]
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                assert re.fullmatch("[2-5][0-9][0-9]", status)
                is_refusal = status[0] in "45"
                assert is_refusal == ("application/problem+json" in response.get("content", {}))


async def test_a_wrong_method_is_told_every_right_one(guest: Visitor) -> None:
    response = await guest.http.request("OPTIONS", f"/v1/jobs/{new_id()}")
    check_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "DELETE, GET"


async def test_no_address_leads_to_the_host_that_a_request_names(guest: Visitor) -> None:
    response = await guest.http.get("/v1/jobs/", headers={"host": "elsewhere.example"})
    check_problem(response, 404, "not_found")


async def test_the_document_can_be_read_by_people(guest: Visitor) -> None:
    page = await guest.http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "POST /v1/jobs" in page.text
    assert 'id="error-prompt_too_long"' in page.text
    assert "<script" not in page.text
    code = await guest.http.get("/errors/prompt_too_long")
    assert code.headers["location"] == "/docs#error-prompt_too_long"
    check_problem(await guest.http.get("/errors/nothing"), 404, "not_found")


async def test_health_says_what_is_needed_is_there(settings: GatewaySettings) -> None:
    async with running(settings) as rig:
        visitor = await rig.visitor()
        assert (await visitor.http.get("/health")).json() == {"status": "ok", "service": "gateway"}
        rig.parts.health.draining = True
        response = await visitor.http.get("/health")
    check_problem(response, 503, "service_unavailable")
    assert response.headers["retry-after"] == "5"


async def test_without_postgres_every_answer_is_a_short_break(settings: GatewaySettings) -> None:
    async with running(settings) as rig:
        visitor = await rig.visitor()
        await rig.database.close()
        for method, path in (("GET", "/v1/jobs"), ("POST", "/v1/session"), ("GET", "/v1/events")):
            response = await visitor.http.request(method, path)
            problem = check_problem(response, 503, "service_unavailable")
            assert response.headers["retry-after"] == str(problem["retry_after"]) == "5"
        response = await visitor.http.post("/hooks/runpod/token", content=b"{}")
        assert response.status_code == 200


async def test_without_a_studio_the_front_page_says_so(shared_rig: Rig) -> None:
    stranger = await shared_rig.visitor(signed_in=False)
    for path in ("/", "/th", "/en"):
        page = await stranger.http.get(path)
        assert page.status_code == 200
        assert "STUDIO_DIR" in page.text


@pytest.mark.parametrize(
    ("accept_language", "status", "what"),
    [
        ("", 200, FRONT),
        ("th-TH,th;q=0.9,en;q=0.8", 200, FRONT),
        ("de", 200, FRONT),
        ("en-GB,en;q=0.9,th;q=0.8", 307, "/en?job=1"),
        ("th;q=0.2, en;q=0.8", 307, "/en?job=1"),
    ],
)
async def test_the_front_page_speaks_the_browsers_language(
    studio: Rig, accept_language: str, status: int, what: str
) -> None:
    stranger = await studio.visitor(signed_in=False)
    page = await stranger.http.get("/?job=1", headers={"accept-language": accept_language})
    assert page.status_code == status
    assert page.headers["vary"] == "accept-language, cookie"
    assert page.headers["cache-control"] == "no-cache"
    assert (page.headers["location"] if status == 307 else page.text) == what


@pytest.mark.parametrize(
    ("chosen", "accept_language", "status"),
    [("th", "en-GB", 200), ("en", "th-TH", 307), ("de", "en-GB", 307), ("", "th-TH", 200)],
)
async def test_the_language_that_was_chosen_comes_before_the_browsers(
    studio: Rig, chosen: str, accept_language: str, status: int
) -> None:
    stranger = await studio.visitor(signed_in=False)
    headers = {"accept-language": accept_language, "cookie": f"ob_lang={chosen}"}
    assert (await stranger.http.get("/", headers=headers)).status_code == status
    lost = await stranger.http.get("/nothing", headers=headers | {"accept": "text/html"})
    assert lost.text == ("nowhere" if status == 307 else "nowhere, in Thai")


@pytest.mark.parametrize(
    ("path", "content", "cache_control"),
    [
        ("/th", f"<style>{STYLE}</style>thai", "no-cache"),
        ("/th/history", "history", "no-cache"),
        ("/en", "english", "no-cache"),
        ("/assets/index-abc.js", "app()", "public, max-age=31536000, immutable"),
        ("/sample/before.webp", "jpeg", "public, max-age=3600"),
        ("/favicon.svg", "<svg/>", "public, max-age=3600"),
        ("/th.webmanifest", "{}", "public, max-age=3600"),
        ("/sw.js", "keep()", "no-cache"),
    ],
)
async def test_the_studios_files_are_served(
    studio: Rig, path: str, content: str, cache_control: str
) -> None:
    stranger = await studio.visitor(signed_in=False)
    response = await stranger.http.get(path, headers=PLAIN)
    assert (response.status_code, response.text) == (200, content)
    assert (await stranger.http.head(path)).status_code == 200
    assert response.headers["cache-control"] == cache_control
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli"),
        ("gzip", "gzip", b"gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", b"gzip"),
        ("identity", None, b"app()"),
        ("", None, b"app()"),
    ],
)
async def test_a_file_comes_as_small_as_the_browser_reads(
    studio: Rig, accepted: str, encoding: str | None, content: bytes
) -> None:
    stranger = await studio.visitor(signed_in=False)
    asked = {"accept-encoding": accepted}
    async with stranger.http.stream("GET", "/assets/index-abc.js", headers=asked) as answer:
        assert b"".join([part async for part in answer.aiter_raw()]) == content
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "accept-encoding"
    head = await stranger.http.head("/assets/index-abc.js", headers=asked)
    assert head.headers["etag"] == answer.headers["etag"]
    assert head.headers["content-length"] == str(len(content))
    known = asked | {"if-none-match": f'"other", {answer.headers["etag"]}'}
    again = await stranger.http.get("/assets/index-abc.js", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]


async def test_every_encoding_has_a_tag_of_its_own(studio: Rig) -> None:
    stranger = await studio.visitor(signed_in=False)
    heads = [
        await stranger.http.head("/assets/index-abc.js", headers={"accept-encoding": name})
        for name in ("br", "gzip", "identity")
    ]
    assert len({head.headers["etag"] for head in heads}) == len(heads)


async def test_a_part_is_one_of_the_plain_file(studio: Rig) -> None:
    stranger = await studio.visitor(signed_in=False)
    asked = {"accept-encoding": "br", "range": "bytes=1-2"}
    part = await stranger.http.get("/assets/index-abc.js", headers=asked)
    assert (part.status_code, part.text) == (206, "pp")
    assert part.headers["content-range"] == "bytes 1-2/5"
    assert "content-encoding" not in part.headers


async def test_the_styles_of_a_page_are_allowed_by_their_hash(studio: Rig) -> None:
    stranger = await studio.visitor(signed_in=False)
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    styled = (await stranger.http.get("/th")).headers["content-security-policy"]
    assert f"style-src 'self' 'sha256-{digest}';" in styled
    plain = (await stranger.http.get("/en")).headers["content-security-policy"]
    assert "style-src 'self';" in plain


async def test_a_service_worker_may_ask_its_own_gateway(studio: Rig) -> None:
    stranger = await studio.visitor(signed_in=False)
    policy = (await stranger.http.get("/sw.js")).headers["content-security-policy"]
    assert "connect-src 'self'" in policy
    script = await stranger.http.head("/assets/index-abc.js")
    assert "connect-src" not in script.headers["content-security-policy"]
    manifest = await stranger.http.get("/th.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"


@pytest.mark.parametrize(
    ("path", "accept_language", "said"),
    [
        ("/th/nothing", "en", "nowhere, in Thai"),
        ("/en/history/old", "th", "nowhere"),
        ("/nothing", "en-GB", "nowhere"),
        ("/nothing/of/this", "", "nowhere, in Thai"),
        ("/assets/gone.js", "en", "nowhere"),
    ],
)
async def test_people_are_shown_that_there_is_nothing(
    studio: Rig, path: str, accept_language: str, said: str
) -> None:
    stranger = await studio.visitor(signed_in=False)
    asked = {"accept": "text/html,*/*;q=0.8", "accept-language": accept_language}
    page = await stranger.http.get(path, headers=asked)
    assert (page.status_code, page.text) == (404, said)
    assert page.headers["vary"] == "accept, accept-language, cookie"
    assert page.headers["cache-control"] == "no-cache"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    check_problem(await stranger.http.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/jobs/", "/api/nothing", "/hooks/nothing"])
async def test_programs_are_never_shown_a_page(studio: Rig, path: str) -> None:
    stranger = await studio.visitor(signed_in=False)
    answer = await stranger.http.get(path, headers={"accept": "text/html"})
    check_problem(answer, 404, "not_found")


async def test_a_slash_too_many_leads_to_the_page(studio: Rig) -> None:
    stranger = await studio.visitor(signed_in=False)
    answer = await stranger.http.get("/th/history/?q=cat", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (307, "/th/history?q=cat")


@pytest.mark.parametrize(
    ("lang", "where"),
    [("en", "/en?shared=missing"), ("th", "/th?shared=missing"), ("//evil", "/th?shared=missing")],
)
async def test_what_is_shared_too_early_leads_to_the_studio(
    studio: Rig, lang: str, where: str
) -> None:
    stranger = await studio.visitor(signed_in=False)
    files = {"photo": ("a.jpg", b"jpeg", "image/jpeg")}
    answer = await stranger.http.post("/share", params={"lang": lang}, files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, where)


async def test_the_studio_may_load_pictures_from_the_store_only(studio: Rig) -> None:
    page = await (await studio.visitor(signed_in=False)).http.get("/th")
    policy = page.headers["content-security-policy"]
    assert f"img-src 'self' blob: data: {studio.settings.r2_endpoint_url};" in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/th/404.html",
        "/assets/index-abc.js.br",
        "/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/",
        "/sample",
        "/.env",
    ],
)
async def test_no_other_file_is_served(studio: Rig, path: str) -> None:
    response = await (await studio.visitor(signed_in=False)).http.get(path)
    assert response.status_code in {307, 404}
    assert "secret" not in response.text
