"""Customers who ask for pictures, change their minds, come back, and write down what they hear."""

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from typing import Any, Final

import httpx
from e2e.visitor import photo

from chaos.history import History

RICH_ACCOUNTS: Final = 5
AT_ONCE: Final = 200
TRY_SECONDS: Final = 180.0
"""How long a customer repeats a request that got no proper answer."""
LISTENER_SHARE: Final = 0.2
LOOK_AGAIN_SECONDS: Final = 2.0
TERMINAL: Final = frozenset({"done", "failed", "cancelled"})
COOKIE: Final = "ob_session"
PROMPTS: Final = ("ทำให้เป็นขาวดำ", "make it warm", "golden hour")


class Plan(StrEnum):
    """What a customer means to do with a wish."""

    PLAIN = "plain"
    CANCEL = "cancel"
    DELETE = "delete"
    BAD_PICTURE = "bad picture"
    REUSED_KEY = "reused key"
    POOR = "poor"


SHARES: Final = {
    Plan.PLAIN: 77,
    Plan.CANCEL: 8,
    Plan.DELETE: 3,
    Plan.BAD_PICTURE: 5,
    Plan.REUSED_KEY: 2,
    Plan.POOR: 5,
}
EXPECTS: Final = {Plan.BAD_PICTURE: "refusal", Plan.POOR: "job or refusal"}


@dataclass(frozen=True, slots=True)
class Errand:
    """One wish, drawn from the seed before the run."""

    key: str
    account: int
    plan: Plan
    prompt: str
    picture: bytes | None
    ratio: str
    patience_seconds: float
    listens: bool


def errands(seed: int, jobs: int) -> list[Errand]:
    """Return what the customers of a seed will ask for; the last account is the poor one."""
    chance = random.Random(seed * 7919 + 1)
    pictures = [photo(320 + 16 * n, 240) for n in range(12)]
    drawn = []
    for number in range(jobs):
        plan = chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
        edits = chance.random() < 0.7 or plan is Plan.BAD_PICTURE
        drawn.append(
            Errand(
                key=f"chaos-{seed}-{number}",
                account=RICH_ACCOUNTS if plan is Plan.POOR else chance.randrange(RICH_ACCOUNTS),
                plan=plan,
                prompt=f"{chance.choice(PROMPTS)} {seed}-{number}",
                picture=_picture(plan, chance, pictures) if edits else None,
                ratio=chance.choice(("1:1", "9:16", "16:9")),
                patience_seconds=chance.uniform(0, 4),
                listens=chance.random() < LISTENER_SHARE,
            )
        )
    return drawn


def _picture(plan: Plan, chance: random.Random, pictures: Sequence[bytes]) -> bytes:
    whole = chance.choice(pictures)
    return b"no picture at all " * 50 if plan is Plan.BAD_PICTURE else whole


class GaveUpError(Exception):
    """A customer got no proper answer for too long."""


class Customers:
    """All customers of a run.

    Args:
        gateway_urls: of equal gateways; whoever does not answer is passed over.
        history: where everything is written down.
        rich_url: the gateway that gives new accounts many credits.
        poor_url: the one that gives few.
    """

    def __init__(self, gateway_urls: Sequence[str], history: History) -> None:
        self._urls = list(gateway_urls)
        self._history = history
        self._accounts: list[httpx.AsyncClient] = []
        self._names: list[str] = []
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.sent = 0
        self.ended = 0

    async def open_accounts(self) -> None:
        """Make the accounts: rich ones at the first gateway, the poor one at the second."""
        for number in range(RICH_ACCOUNTS + 1):
            client = httpx.AsyncClient(
                trust_env=False,
                timeout=httpx.Timeout(20, connect=3),
                limits=httpx.Limits(max_connections=60, max_keepalive_connections=20),
            )
            url = self._urls[number == RICH_ACCOUNTS]
            answer = (await client.post(f"{url}/v1/session")).raise_for_status()
            self._accounts.append(client)
            self._names.append(answer.json()["id"])

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._accounts:
            await client.aclose()

    @property
    def cookies(self) -> list[str]:
        """The sessions, which must turn up in no log."""
        return [client.cookies[COOKIE] for client in self._accounts]

    async def run(self, wanted: Sequence[Errand], load_seconds: float, follow_until: float) -> None:
        """Run all errands, their starts spread evenly over the load.

        Args:
            wanted: the errands.
            load_seconds: from the first to the last start, if the product keeps up.
            follow_until: how many seconds after the end of the load nobody waits any more.
        """
        began = monotonic()
        self._deadline = began + load_seconds + follow_until
        async with asyncio.TaskGroup() as group:
            for number, errand in enumerate(wanted):
                await asyncio.sleep(began + number * load_seconds / len(wanted) - monotonic())
                await self._slots.acquire()
                self.sent += 1
                group.create_task(self._errand(errand))

    async def _errand(self, errand: Errand) -> None:
        try:
            await self._do(errand)
        except GaveUpError:
            self._history.note("gave up", key=errand.key)
        finally:
            self.ended += 1
            self._slots.release()

    async def _do(self, errand: Errand) -> None:
        self._history.note(
            "wish",
            key=errand.key,
            account=self._names[errand.account],
            expects=EXPECTS.get(errand.plan, "job"),
            prompt=errand.prompt,
            plan=errand.plan,
        )
        job = await self._create(errand, errand.prompt)
        if job is None:
            return
        path = f"/v1/jobs/{job['id']}"
        match errand.plan:
            case Plan.REUSED_KEY:
                await self._create(errand, f"{errand.prompt} and more", reused=True)
            case Plan.CANCEL:
                await asyncio.sleep(errand.patience_seconds)
                self._history.note("cancel", key=errand.key)
                await self._ask(errand, "POST", f"{path}/cancel")
            case Plan.DELETE:
                await asyncio.sleep(errand.patience_seconds)
                self._history.note("delete", key=errand.key)
                await self._ask(errand, "DELETE", path)
                return
        await self._follow(errand, path)

    async def _create(
        self, errand: Errand, prompt: str, *, reused: bool = False
    ) -> dict[str, Any] | None:
        files: dict[str, Any] = {"prompt": (None, prompt), "ratio": (None, errand.ratio)}
        if errand.picture is not None:
            files["image"] = ("photo.jpg", errand.picture, "image/jpeg")
        answer = await self._ask(
            errand,
            "POST",
            "/v1/jobs",
            files=files,
            headers={"Idempotency-Key": errand.key},
            what="answer to reused key" if reused else "answer",
        )
        return answer.json() if answer.status_code == httpx.codes.ACCEPTED else None

    async def _ask(
        self,
        errand: Errand,
        method: str,
        path: str,
        *,
        what: str = "",
        **request: Any,  # noqa: ANN401 - whatever httpx takes
    ) -> httpx.Response:
        """Send a request, to another gateway and again while the answer is none or 5xx or 429."""
        client = self._accounts[errand.account]
        give_up_at = monotonic() + TRY_SECONDS
        number = len(errand.prompt) + errand.account
        pause = 0.2
        while monotonic() < give_up_at:
            number += 1
            url = self._urls[number % len(self._urls)]
            try:
                answer = await client.request(method, f"{url}{path}", **request)
            except httpx.TransportError as error:
                self._note_answer(what, errand, 0, type(error).__name__)
            else:
                self._note_answer(what, errand, answer.status_code, _code_of(answer), answer)
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            await asyncio.sleep(pause)
            pause = min(pause * 1.6, 3.0)
        raise GaveUpError

    def _note_answer(
        self,
        what: str,
        errand: Errand,
        status: int,
        code: str,
        answer: httpx.Response | None = None,
    ) -> None:
        job_id = None
        if answer is not None and status == httpx.codes.ACCEPTED:
            job_id = answer.json()["id"]
        if what:
            self._history.note(what, key=errand.key, status=status, code=code, job_id=job_id)
        elif status not in {0, 200, 202, 204}:
            self._history.note("trouble", key=errand.key, status=status, code=code)

    async def _follow(self, errand: Errand, path: str) -> None:
        """Look at the job until it has ended, or listen to it."""
        while monotonic() < self._deadline:
            if errand.listens:
                with suppress(httpx.HTTPError, json.JSONDecodeError):
                    if await self._listen(errand, path):
                        return
            job = (await self._ask(errand, "GET", path)).json()
            if self._note_read(errand, job):
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _listen(self, errand: Errand, path: str) -> bool:
        client = self._accounts[errand.account]
        url = random.Random(errand.key).choice(self._urls)
        async with client.stream("GET", f"{url}{path}/events", timeout=20) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    said = json.loads(line.removeprefix("data:"))
                    if "job" in said and self._note_read(errand, said["job"]):
                        return True
        return False

    def _note_read(self, errand: Errand, job: dict[str, Any]) -> bool:
        if "timeline" not in job:
            self._history.note("trouble", key=errand.key, status=0, code=str(job.get("code")))
            return True
        timeline = [(seq, entry["stage"]) for seq, entry in enumerate(job["timeline"], 1)]
        self._history.note("read", key=errand.key, timeline=timeline, status=job["status"])
        return job["status"] in TERMINAL


def _code_of(answer: httpx.Response) -> str:
    if answer.is_success:
        return ""
    try:
        return str(answer.json().get("code", ""))
    except ValueError:
        return "no problem document"
