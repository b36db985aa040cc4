"""Invented requests to every call of the OpenAPI document: each answer is one that it names."""

import asyncio
import re
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest
from test_gateway.rig import Factory, Visitor, a_file, photo

from gateway.security.cookies import COOKIE
from gateway.settings import GatewaySettings
from security.fuzz import Target, Wishes, fuzz
from security.process import GatewayProcess, gateway_process
from shared.db.database import Database

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(300)]

STATES = ("queued", "dispatching", "running", "storing", "done", "failed", "cancelled")
ANSWERS = re.compile(r'^ob_http_requests_total\{.*status="(\d+)".*\} (\d+)\.0$', re.MULTILINE)


async def jobs_in_every_state(visitor: Visitor, database: Database) -> list[str]:
    factory = Factory(database)
    ids = []
    for state in STATES:
        ids.append((await visitor.new_job(image=a_file(photo())))["id"])
        await factory.bring_to(ids[-1], state)
    return ids


async def answers_by_status(gateway: GatewayProcess) -> Counter[str]:
    statuses: Counter[str] = Counter()
    for status, count in ANSWERS.findall(await gateway.metrics()):
        statuses[status] += int(count)
    return statuses


async def test_every_answer_is_one_that_the_document_names(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    wishes = Wishes.of_environment()
    rich = settings.model_copy(
        update={"guest_free_credits": 1_000_000, "max_open_jobs": 0, "jobs_per_minute": 0}
    )
    async with (
        gateway_process(rich, tmp_path) as gateway,
        Database(rich.database_url.get_secret_value()) as database,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False, timeout=30) as client,
    ):
        visitor = await Visitor(client).sign_in()
        document = (await client.get("/openapi.json")).json()
        calls = [call for item in document["paths"].values() for call in item.values()]
        target = Target(
            url=gateway.url,
            cookie=client.cookies[COOKIE],
            job_ids=await jobs_in_every_state(visitor, database),
            calls=len(calls),
            varied=sum("parameters" in call or "requestBody" in call for call in calls),
        )
        verdict = await asyncio.to_thread(fuzz, target, wishes, tmp_path)
        statuses = await answers_by_status(gateway)
    report = verdict.markdown(statuses)
    sys.stdout.write(f"\n{report}")
    if wishes.report is not None:
        wishes.report.write_text(report, encoding="utf-8")
    assert verdict.is_clean, verdict.output[-8000:]
    assert verdict.calls == target.calls
    assert verdict.cases > wishes.cases
    assert not any(status.startswith(("0", "5")) for status in statuses), statuses
    assert {"200", "202", "204", "307", "401", "404", "409", "422"} <= statuses.keys()
