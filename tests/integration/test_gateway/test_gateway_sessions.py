"""Who may ask: sessions, other people's jobs, other sites."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from gateway.app import build_app
from gateway.security.cookies import COOKIE, SessionSigner
from gateway.security.requests import RequestMetrics
from gateway.settings import GatewaySettings
from shared.ids import new_id
from test_gateway.rig import Rig, Visitor, check_problem, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLIC = {"POST /v1/session", "GET /v1/config", "GET /health", "POST /hooks/runpod/{token}"}
OPEN_TO_GUESTS = {"POST /v1/jobs", "POST /api/queue/create"}
WITH_A_JOB = {
    "GET /v1/jobs/{job_id}",
    "DELETE /v1/jobs/{job_id}",
    "POST /v1/jobs/{job_id}/cancel",
    "GET /v1/jobs/{job_id}/image",
    "GET /v1/jobs/{job_id}/result",
    "GET /v1/jobs/{job_id}/thumbnail",
    "GET /v1/jobs/{job_id}/events",
    "GET /api/queue/status",
    "POST /api/runpod-poll",
}
OF_THE_ACCOUNT = {"GET /v1/account", "GET /v1/jobs", "GET /v1/events"}
CALLS = sorted(OPEN_TO_GUESTS | WITH_A_JOB | OF_THE_ACCOUNT)


def documented_calls(settings: GatewaySettings) -> Iterator[str]:
    app = build_app(settings, RequestMetrics())
    for path, item in app.openapi()["paths"].items():
        for method in item:
            yield f"{method.upper()} {path}"


async def test_every_call_is_in_this_matrix(file_settings: GatewaySettings) -> None:
    assert set(documented_calls(file_settings)) == {*PUBLIC, *CALLS}


def place(call: str, job_id: str) -> tuple[str, str]:
    method, path = call.split(" ")
    query = f"?id={job_id}" if path in {"/api/queue/status", "/api/runpod-poll"} else ""
    return method, path.replace("{job_id}", job_id) + query


@pytest.mark.parametrize("call", sorted(WITH_A_JOB | OF_THE_ACCOUNT))
async def test_without_a_cookie_nothing_is_shown(
    shared_rig: Rig, guest: Visitor, call: str
) -> None:
    job, accounts = await guest.new_job(), await shared_rig.count("accounts")
    stranger = await shared_rig.visitor(signed_in=False)
    response = await stranger.http.request(*place(call, job["id"]))
    check_problem(response, 401, "unauthorized")
    assert await shared_rig.count("accounts") == accounts


@pytest.mark.parametrize("call", CALLS)
async def test_a_cookie_that_is_not_ours_opens_nothing(
    shared_rig: Rig, guest: Visitor, call: str
) -> None:
    job = await guest.new_job()
    genuine = guest.http.cookies[COOKIE]
    signer = SessionSigner(shared_rig.settings.session_secret.get_secret_value())
    elsewhere = SessionSigner("another-secret-of-the-same-length-00")
    unknown = signer.sign(new_id())
    for value in ("", "x", genuine[:-1], f"A{genuine}", elsewhere.sign(new_id()), unknown):
        stranger = await shared_rig.visitor(signed_in=False)
        response = await stranger.http.request(
            *place(call, job["id"]), headers={"cookie": f"{COOKIE}={value}"}
        )
        check_problem(response, 401, "session_invalid")


@pytest.mark.parametrize("call", sorted(WITH_A_JOB))
async def test_another_accounts_job_is_as_one_that_does_not_exist(
    shared_rig: Rig, guest: Visitor, call: str
) -> None:
    job = await guest.new_job()
    other = await shared_rig.visitor()
    answers = []
    for job_id in (job["id"], str(new_id())):
        response = await other.http.request(*place(call, job_id))
        answers.append(check_problem(response, 404, "not_found") | {"request_id": ""})
    assert answers[0] == answers[1]
    assert (await guest.job(job["id"]))["status"] == "queued"


@pytest.mark.parametrize("call", sorted(OF_THE_ACCOUNT - {"GET /v1/events"}))
async def test_an_account_sees_only_its_own(shared_rig: Rig, guest: Visitor, call: str) -> None:
    await guest.new_job()
    other = await shared_rig.visitor()
    response = await other.http.request(*place(call, ""))
    assert guest.http.cookies[COOKIE] not in response.text
    assert (await guest.account())["id"] not in response.text


async def test_a_session_is_kept_in_a_cookie_that_scripts_cannot_read(shared_rig: Rig) -> None:
    stranger = await shared_rig.visitor(signed_in=False)
    response = await stranger.http.post("/v1/session")
    cookie = response.headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert response.json() == {
        "id": response.json()["id"],
        "kind": "guest",
        "balance_credits": 100,
        "held_credits": 0,
        "available_credits": 100,
    }
    accounts = await shared_rig.count("accounts")
    again = await stranger.http.post("/v1/session")
    assert again.json()["id"] == response.json()["id"]
    assert await shared_rig.count("accounts") == accounts
    rows = await shared_rig.database.rows(
        "SELECT kind, amount_credits, ext_id FROM ledger WHERE account_id = $1",
        UUID(response.json()["id"]),
    )
    assert [dict(row) for row in rows] == [
        {"kind": "grant", "amount_credits": 100, "ext_id": f"guest:{response.json()['id']}"}
    ]


async def test_a_bad_cookie_is_exchanged_for_a_new_guest(shared_rig: Rig) -> None:
    stranger = await shared_rig.visitor(signed_in=False)
    response = await stranger.http.post("/v1/session", headers={"cookie": f"{COOKIE}=bad"})
    assert response.status_code == 200
    assert (await stranger.account())["id"] == response.json()["id"]


async def test_where_guests_are_not_allowed_nobody_becomes_one(settings: GatewaySettings) -> None:
    async with running(settings.model_copy(update={"guest_accounts": False})) as rig:
        stranger = await rig.visitor(signed_in=False)
        check_problem(await stranger.http.post("/v1/session"), 401, "unauthorized")
        check_problem(await stranger.create(prompt="a"), 401, "unauthorized")
        assert (await stranger.http.get("/v1/config")).json()["guest_accounts"] is False
        assert await rig.count("accounts") == 0


UNSAFE = {"POST /v1/session"} | {call for call in CALLS if not call.startswith("GET ")}


@pytest.mark.parametrize("call", sorted(UNSAFE))
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://[broken"},
    ],
)
async def test_another_sites_page_changes_nothing(
    shared_rig: Rig, guest: Visitor, call: str, headers: dict[str, str]
) -> None:
    job = await guest.new_job()
    method, path = place(call, job["id"])
    response = await guest.http.request(method, path, headers=headers)
    check_problem(response, 403, "forbidden_origin")
    assert "set-cookie" not in response.headers
    assert await shared_rig.count_of(guest, "jobs") == 1
    assert (await guest.job(job["id"]))["status"] == "queued"


@pytest.mark.parametrize("own", ["same-origin", "none", None])
async def test_our_own_pages_are_let_in(guest: Visitor, own: str | None) -> None:
    headers = {"origin": str(guest.http.base_url).rstrip("/")} if own is None else {}
    headers |= {"sec-fetch-site": own} if own is not None else {}
    response = await guest.http.post("/v1/session", headers=headers)
    assert response.status_code == 200
