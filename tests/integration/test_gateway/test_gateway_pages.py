"""What everybody may read: configuration, documents, headers, the studio."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.settings import GatewaySettings
from shared.errors import CATALOGUE
from shared.ids import new_id
from test_gateway.rig import Rig, Visitor, check_problem, running

pytestmark = pytest.mark.asyncio


@pytest.fixture
def studio_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "studio"
    for name, content in {
        "index.html": "bare",
        "th/index.html": "thai",
        "en/index.html": "english",
        "language.js": "run()",
        "favicon.svg": "<svg/>",
        "assets/index-abc.js": "app()",
        "sample/before.jpg": "jpeg",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest_asyncio.fixture
async def studio(settings: GatewaySettings, studio_dir: Path) -> AsyncIterator[Rig]:
    async with running(settings.model_copy(update={"studio_dir": studio_dir})) as rig:
        yield rig


async def test_the_configuration_is_what_the_product_does(visitor: Visitor) -> None:
    response = await visitor.http.get("/v1/config")
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
        "default_ratio": "1:1",
        "guest_accounts": True,
        "simulator": True,
    }


@pytest.mark.parametrize(
    "path", ["/", "/health", "/v1/config", "/v1/account", "/v1/nothing", "/docs", "/openapi.json"]
)
async def test_every_answer_has_the_security_headers(rig: Rig, path: str) -> None:
    response = await (await rig.visitor(signed_in=False)).http.get(path)
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


async def test_the_document_lists_every_code_and_event(visitor: Visitor) -> None:
    document = (await visitor.http.get("/openapi.json")).json()
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


async def test_a_wrong_method_is_told_every_right_one(visitor: Visitor) -> None:
    response = await visitor.http.request("OPTIONS", f"/v1/jobs/{new_id()}")
    check_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "DELETE, GET"


async def test_no_address_leads_to_the_host_that_a_request_names(visitor: Visitor) -> None:
    response = await visitor.http.get("/v1/jobs/", headers={"host": "elsewhere.example"})
    check_problem(response, 404, "not_found")


async def test_the_document_can_be_read_by_people(visitor: Visitor) -> None:
    page = await visitor.http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "POST /v1/jobs" in page.text
    assert 'id="error-prompt_too_long"' in page.text
    assert "<script" not in page.text
    code = await visitor.http.get("/errors/prompt_too_long")
    assert code.headers["location"] == "/docs#error-prompt_too_long"
    check_problem(await visitor.http.get("/errors/nothing"), 404, "not_found")


async def test_health_says_what_is_needed_is_there(rig: Rig, visitor: Visitor) -> None:
    assert (await visitor.http.get("/health")).json() == {"status": "ok", "service": "gateway"}
    rig.parts.health.draining = True
    response = await visitor.http.get("/health")
    check_problem(response, 503, "service_unavailable")
    assert response.headers["retry-after"] == "5"


async def test_without_postgres_every_answer_is_a_short_break(rig: Rig, visitor: Visitor) -> None:
    await rig.database.close()
    for method, path in (("GET", "/v1/jobs"), ("POST", "/v1/session"), ("GET", "/v1/events")):
        response = await visitor.http.request(method, path)
        problem = check_problem(response, 503, "service_unavailable")
        assert response.headers["retry-after"] == str(problem["retry_after"]) == "5"
    response = await visitor.http.post("/hooks/runpod/token", content=b"{}")
    assert response.status_code == 200


async def test_without_a_studio_the_front_page_says_so(rig: Rig) -> None:
    stranger = await rig.visitor(signed_in=False)
    for path in ("/", "/th", "/en"):
        page = await stranger.http.get(path)
        assert page.status_code == 200
        assert "STUDIO_DIR" in page.text


@pytest.mark.parametrize(
    ("accept_language", "status", "what"),
    [
        ("", 200, "bare"),
        ("th-TH,th;q=0.9,en;q=0.8", 200, "bare"),
        ("de", 200, "bare"),
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
    assert page.headers["vary"] == "accept-language"
    assert page.headers["cache-control"] == "no-cache"
    assert (page.headers["location"] if status == 307 else page.text) == what


@pytest.mark.parametrize(
    ("path", "content", "cache_control"),
    [
        ("/th", "thai", "no-cache"),
        ("/en", "english", "no-cache"),
        ("/assets/index-abc.js", "app()", "public, max-age=31536000, immutable"),
        ("/sample/before.jpg", "jpeg", "public, max-age=3600"),
        ("/favicon.svg", "<svg/>", "public, max-age=3600"),
        ("/language.js", "run()", "public, max-age=3600"),
    ],
)
async def test_the_studios_files_are_served(
    studio: Rig, path: str, content: str, cache_control: str
) -> None:
    stranger = await studio.visitor(signed_in=False)
    response = await stranger.http.get(path)
    assert (response.status_code, response.text) == (200, content)
    assert (await stranger.http.head(path)).status_code == 200
    assert response.headers["cache-control"] == cache_control
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_the_studio_may_load_pictures_from_the_store_only(studio: Rig) -> None:
    page = await (await studio.visitor(signed_in=False)).http.get("/th")
    policy = page.headers["content-security-policy"]
    assert f"img-src 'self' blob: data: {studio.settings.r2_endpoint_url};" in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
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
