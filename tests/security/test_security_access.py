"""Every call of the public port with every kind of stranger, and what strangers may learn."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from test_gateway.rig import Json, Rig, Visitor, a_file, check_problem, photo, running

import gateway.jobs
from gateway.jobs.views import JobView
from gateway.security.cookies import COOKIE
from gateway.settings import GatewaySettings
from security.surface import (
    STUDIO_SURFACE,
    SURFACE,
    Access,
    application,
    calls_for,
    calls_of,
    place,
    sessions_that_are_none,
)
from shared.errors import CATALOGUE
from shared.ids import new_id

OF_AN_ACCOUNT = calls_for(Access.ACCOUNT, Access.OWNER)
STATES = ("queued", "running", "storing", "done", "failed", "cancelled")
OWN_BY_REQUEST = {"x-request-id", "date"}
"""What may differ between two answers that say the same."""


def studio_in(folder: Path) -> Path:
    pages = ("index.html", "th/index.html", "en/index.html", "th/history/index.html")
    for name in (*pages, "assets/a.js", "sample/b.jpg"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    return folder


def said(answer: httpx.Response) -> tuple[int, Json, dict[str, str]]:
    """Return all of a refusal that is not its request's own."""
    headers = {name: value for name, value in answer.headers.items() if name not in OWN_BY_REQUEST}
    return answer.status_code, answer.json() | {"request_id": None}, headers


async def snapshot(rig: Rig) -> list[str]:
    """Return every row that a stranger could want to change."""
    tables = ("accounts", "jobs", "attempts", "ledger", "job_events")
    return [
        row["line"]
        for table in tables
        for row in await rig.database.rows(
            f"SELECT '{table} ' || to_jsonb(t)::text AS line FROM {table} t ORDER BY 1"  # noqa: S608 - of the tests
        )
    ]


@pytest.mark.asyncio
async def test_every_call_of_the_public_port_is_in_the_matrix(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    bare = application(settings)
    assert calls_of(bare) == SURFACE.keys()
    with_studio = settings.model_copy(update={"studio_dir": studio_in(tmp_path)})
    assert calls_of(application(with_studio)) == SURFACE.keys() | STUDIO_SURFACE.keys()
    documented = {
        f"{method.upper()} {path}"
        for path, item in bare.openapi()["paths"].items()
        for method in item
    }
    pages = {"GET /", "GET /th", "GET /en", "GET /docs", "GET /openapi.json", "GET /errors/{code}"}
    assert documented == SURFACE.keys() - pages


def test_every_code_of_taking_a_job_in_is_in_the_document(settings: GatewaySettings) -> None:
    folder = Path(gateway.jobs.__file__).parent
    sources = [folder / f"{name}.py" for name in ("create_job", "wishes", "upload")]
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    raised = {code for code in CATALOGUE if f'"{code}"' in text}
    responses = application(settings).openapi()["paths"]["/v1/jobs"]["post"]["responses"]
    documented = {
        code
        for response in responses.values()
        for content in response["content"].values()
        for part in content["schema"].get("allOf", ())
        for code in part.get("properties", {}).get("code", {}).get("enum", ())
    }
    assert len(raised) > 15
    assert raised - {"session_invalid"} <= documented


@pytest.mark.asyncio
async def test_a_call_that_needs_a_session_says_so_in_the_document(
    settings: GatewaySettings,
) -> None:
    for path, item in application(settings).openapi()["paths"].items():
        for method, operation in item.items():
            access = SURFACE[f"{method.upper()} {path}"]
            needed = operation.get("security", [{}])
            assert ({} not in needed) == (access in {Access.ACCOUNT, Access.OWNER}), path


@pytest.mark.asyncio
async def test_what_is_no_session_opens_no_call(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job(image=a_file(photo()))
    forged = sessions_that_are_none(rig.settings, visitor.http.cookies[COOKIE])
    before = await snapshot(rig)
    stranger = await rig.visitor(signed_in=False)
    wrong = []
    for call in [*OF_AN_ACCOUNT, *calls_for(Access.VISITOR)]:
        method, path = place(call, job["id"])
        form = {"files": [("prompt", (None, "a"))]} if SURFACE[call] is Access.VISITOR else {}
        for name, value in forged.items():
            headers = {"cookie": f"{COOKIE}={value}"}
            answer = await stranger.http.request(method, path, headers=headers, **form)  # type: ignore[arg-type]  # files or nothing
            if answer.status_code != 401 or answer.json()["code"] != "session_invalid":
                wrong.append((call, name, answer.status_code))
            if "set-cookie" in answer.headers:
                wrong.append((call, name, -1))
    assert wrong == []
    assert await snapshot(rig) == before


@pytest.mark.asyncio
async def test_without_a_session_nothing_of_an_account_is_shown_or_changed(
    rig: Rig, visitor: Visitor
) -> None:
    job = await visitor.new_job()
    before = await snapshot(rig)
    stranger = await rig.visitor(signed_in=False)
    for call in OF_AN_ACCOUNT:
        answer = await stranger.http.request(*place(call, job["id"]))
        check_problem(answer, 401, "unauthorized")
    assert await snapshot(rig) == before


@pytest.mark.asyncio
async def test_where_guests_are_not_allowed_a_session_is_needed_for_jobs_too(
    settings: GatewaySettings,
) -> None:
    async with running(settings.model_copy(update={"guest_accounts": False})) as rig:
        stranger = await rig.visitor(signed_in=False)
        for call in calls_for(Access.VISITOR):
            method, path = place(call, "")
            answer = await stranger.http.request(method, path, files=[("prompt", (None, "a"))])
            check_problem(answer, 401, "unauthorized")
        assert await rig.count("accounts") == 0


@pytest.mark.asyncio
async def test_anothers_job_answers_like_one_that_never_was(rig: Rig, visitor: Visitor) -> None:
    """In status, in body and in headers, whatever state the other's job is in."""
    jobs = {}
    for state in STATES:
        jobs[state] = (await visitor.new_job(image=a_file(photo())))["id"]
        await rig.factory.bring_to(jobs[state], state)
    deleted = (await visitor.new_job())["id"]
    await visitor.http.delete(f"/v1/jobs/{deleted}")
    stranger = await rig.visitor()
    before = await snapshot(rig)
    differing = []
    for call in calls_for(Access.OWNER):
        missing = said(await stranger.http.request(*place(call, new_id())))
        assert missing[:2] == (404, missing[1] | {"code": "not_found"})
        for state, job_id in (jobs | {"deleted": deleted}).items():
            answer = await stranger.http.request(*place(call, job_id))
            if said(answer) != missing:
                differing.append((call, state, answer.status_code))
        own = await visitor.http.request(*place(call, deleted))
        if said(own)[:2] != missing[:2]:
            differing.append((call, "deleted, to its owner", own.status_code))
    assert differing == []
    assert await snapshot(rig) == before


@pytest.mark.asyncio
async def test_anothers_job_takes_as_long_as_one_that_never_was(rig: Rig, visitor: Visitor) -> None:
    """Interleaved, so that a busy machine slows both; a lookup that leaks differs by a query."""
    job = await visitor.new_job()
    await rig.factory.bring_to(job["id"], "done")
    stranger = await rig.visitor()
    took: dict[str, list[float]] = {"foreign": [], "missing": []}
    for _ in range(150):
        for kind, job_id in (("foreign", job["id"]), ("missing", str(new_id()))):
            began = time.perf_counter()
            answer = await stranger.http.get(f"/v1/jobs/{job_id}")
            took[kind].append(time.perf_counter() - began)
            assert answer.status_code == 404
    foreign_ms, missing_ms = (1000 * statistics.median(took[kind]) for kind in took)
    sys.stdout.write(f"\n404 p50: foreign {foreign_ms:.2f} ms, missing {missing_ms:.2f} ms\n")
    assert 2 / 3 < foreign_ms / missing_ms < 3 / 2


@pytest.mark.asyncio
async def test_accounts_see_their_own_jobs_and_nothing_more(rig: Rig, visitor: Visitor) -> None:
    mine = [(await visitor.new_job())["id"] for _ in range(3)]
    stranger = await rig.visitor()
    theirs = (await stranger.new_job(prompt="the stranger's"))["id"]
    for one, own in ((visitor, set(mine)), (stranger, {theirs})):
        page = (await one.http.get("/v1/jobs")).json()
        assert {job["id"] for job in page["items"]} == own
    cursor = (await visitor.http.get("/v1/jobs", params={"limit": 1})).json()["next_cursor"]
    borrowed = (await stranger.http.get("/v1/jobs", params={"cursor": cursor})).json()
    assert {job["id"] for job in borrowed["items"]} <= {theirs}
    rung = await stranger.http.post("/api/runpod-poll")
    assert rung.json() == {"rung": 1}


FORBIDDEN_FIELDS: dict[str, Any] = {
    "id": "019a0f6c-2b7d-7c53-a1f0-e4b6c8d2a913",
    "state": "done",
    "status": "done",
    "stage": "done",
    "price": 0,
    "price_credits": 0,
    "credits": 0,
    "balance_credits": 1_000_000,
    "attempts": 9,
    "max_attempts": 99,
    "role": "admin",
    "is_admin": "true",
    "result_key": "jobs/2026/01/x/output.png",
    "upload_key": "uploads/2026/01/x.png",
    "workflow": '{"1": {"class_type": "LoadImage"}}',
    "comfy_org_api_key": "mine",
    "webhook": "https://elsewhere.example",
}
"""Names of columns and of the provider's inputs; none is a caller's to set."""


@pytest.mark.asyncio
async def test_a_form_sets_what_it_may_and_nothing_else(rig: Rig, visitor: Visitor) -> None:
    other = await (await rig.visitor()).account()
    plain = await visitor.new_job(prompt="a", seed=1)
    names = sorted(FORBIDDEN_FIELDS)
    for fields in (names[:9], names[9:]):
        wishes = {name: FORBIDDEN_FIELDS[name] for name in fields} | {"account_id": other["id"]}
        query = "&".join(f"{name}={value}" for name, value in wishes.items() if name != "workflow")
        form = [(name, (None, str(value))) for name, value in wishes.items()]
        form += [("prompt", (None, "a")), ("seed", (None, "1"))]
        answer = await visitor.http.post(f"/v1/jobs?{query}", files=form)
        assert answer.status_code == 202, answer.text
        told = answer.json()
        own = {"id", "created_at", "server_time", "timeline", "queue_position"}
        assert {name: told[name] for name in told.keys() - own} == {
            name: plain[name] for name in plain.keys() - own
        }
        assert UUID(told["id"]) != UUID(FORBIDDEN_FIELDS["id"])
    rows = await rig.database.rows(
        "SELECT account_id, state, price_credits, attempts, max_attempts, result_key, upload_key"
        " FROM jobs"
    )
    assert len({tuple(row) for row in rows}) == 1
    assert (await visitor.account())["held_credits"] == 3 * rig.settings.job_price_credits
    assert (await rig.count("jobs"), other["held_credits"]) == (3, 0)


@pytest.mark.asyncio
async def test_an_answer_has_the_documented_fields_and_no_other(rig: Rig, visitor: Visitor) -> None:
    for state in STATES:
        job = await visitor.new_job()
        await rig.factory.bring_to(job["id"], state)
        told = await visitor.job(job["id"])
        assert told.keys() == JobView.model_fields.keys()
        assert not any(name in json.dumps(told) for name in ("runpod", "hook", "lease_", "_key"))


@pytest.mark.asyncio
async def test_no_other_sites_page_can_make_an_unsafe_call(rig: Rig, visitor: Visitor) -> None:
    host = httpx.URL(rig.url).netloc.decode()
    foreign: list[dict[str, str]] = [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": f"https://{host}.elsewhere.example"},
        {"origin": f"http://elsewhere.example/{host}"},
        {"origin": f"http://{host}@elsewhere.example"},
        {"origin": "http://127.0.0.1"},
        {"origin": f"http://{host}", "sec-fetch-site": "cross-site"},
        {"origin": f"http://{host}", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": ""},
        {"sec-fetch-site": "SAME-ORIGIN"},
    ]
    job = await visitor.new_job()
    before = await snapshot(rig)
    unsafe = [
        call
        for call in calls_of(application(rig.settings))
        if not call.startswith(("GET ", "OPTIONS ")) and SURFACE[call] is not Access.TOKEN
    ]
    assert len(unsafe) == 6
    for call in unsafe:
        for headers in foreign:
            answer = await visitor.http.request(*place(call, job["id"]), headers=headers)
            check_problem(answer, 403, "forbidden_origin")
            assert "set-cookie" not in answer.headers
    assert await snapshot(rig) == before


@pytest.mark.asyncio
async def test_a_safe_method_changes_nothing(rig: Rig, visitor: Visitor) -> None:
    job = await visitor.new_job(image=a_file(photo()))
    await rig.factory.bring_to(job["id"], "done")
    before = await snapshot(rig)
    for call in calls_of(application(rig.settings)):
        method, path = place(call, job["id"])
        if method == "GET" and "events" not in path:
            await visitor.http.get(path)
        for other in ("HEAD", "OPTIONS", "TRACE"):
            if "events" not in path:
                answer = await visitor.http.request(other, path)
                assert answer.status_code in {200, 405}, (other, path)
    assert await snapshot(rig) == before


HIDDEN = """
    /metrics /health/ready /health/live /internal /internal/ /internal/jobs /admin /admin/
    /admin/jobs /dev /dev/ /dev/migrate /dev/runpod /debug /debug/pprof /redoc /swagger
    /swagger.json /graphql /docs/oauth2-redirect /docs/ /asyncapi /docs.json /.env /.git/config
    /.git/HEAD /.well-known/x /server-status /actuator /actuator/env /api /api/ /api/queue /v1
    /v1/ /v1/admin /v1/users /v2/jobs /hooks /hooks/ /hooks/runpod /hooks/runpod/ /hooks/stripe
    /_sim/jobs /openapi.yaml /api/openapi.json /wp-login.php /phpmyadmin /config.json
    /package.json /__pycache__ /static /studio
"""


@pytest.mark.parametrize("with_studio", [False, True])
@pytest.mark.asyncio
async def test_nothing_else_answers_on_the_public_port(
    settings: GatewaySettings, tmp_path: Path, with_studio: bool
) -> None:
    folder = studio_in(tmp_path / "studio") if with_studio else None
    async with running(settings.model_copy(update={"studio_dir": folder})) as rig:
        visitor = await rig.visitor()
        shown = []
        for path in HIDDEN.split():
            for one in (path, path.upper(), f"/{path}", f"{path.rstrip('/')}%00"):
                answer = await visitor.http.get(f"{rig.url}{one}")
                if answer.status_code != 404 or answer.json()["code"] != "not_found":
                    shown.append((one, answer.status_code))
        assert shown == []


def test_production_loads_nothing_of_development() -> None:
    """The modules of the process, and the packages of its image."""
    program = "import sys, gateway.__main__; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    development = {"local_stack", "runpod_simulator", "pytest", "hypothesis", "schemathesis"}
    assert not loaded & development
    lock = (Path(__file__).parents[2] / "locks" / "gateway.txt").read_text(encoding="utf-8")
    packages = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    assert "fastapi" in packages
    assert not packages & {*development, "ministack", "playwright", "pip-audit", "pika", "uv"}
