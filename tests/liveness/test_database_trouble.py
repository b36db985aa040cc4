"""Postgres goes away and comes back; broken processes say so with their exit code."""

import asyncio
import time
from typing import Any

import asyncpg
import httpx
import pytest
from e2e.visitor import Visitor, a_prompt

from liveness.site import WORKERS, Site, all_done, figures, seconds_until

pytestmark = pytest.mark.timeout(240)
AWAY_SECONDS = 20


def test_without_a_database_nothing_is_tried_in_vain_and_the_gateway_says_503(
    site: Site,
    visitor: Visitor,
    record_property: Any,  # noqa: ANN401
) -> None:
    jobs = [visitor.create(a_prompt()) for _ in range(20)]
    site.to_database.refuse()
    answers = []
    until = time.monotonic() + AWAY_SECONDS
    while time.monotonic() < until:
        answers += [visitor.post(a_prompt()), visitor.http.get(f"/v1/jobs/{jobs[0]['id']}")]
        time.sleep(0.2)
    site.to_database.heal()
    resumed = seconds_until(lambda: visitor.post(a_prompt()).status_code == 202, 60)
    done = all_done(visitor, jobs, 120)
    logs = "\n".join(
        p.log.read_text(encoding="utf-8") for w in WORKERS for p in site.stack.running(w)
    )
    tried_again = logs.count('"event": "event waits"')
    figures(record_property, writes_resumed=resumed, jobs_done=done, tried_again=tried_again)
    assert {answer.status_code for answer in answers} == {httpx.codes.SERVICE_UNAVAILABLE}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert tried_again < 100
    assert "event is dead" not in logs


@pytest.mark.parametrize("service", ["gateway", *WORKERS])
def test_a_process_whose_loop_dies_of_a_bug_ends_with_1(
    site: Site, database_url: str, service: str
) -> None:
    async def break_schema() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute("DROP TABLE outbox")
        finally:
            await connection.close()

    asyncio.run(break_schema())
    process = site.stack.spawn(service, {"DATABASE_URL": database_url, "PORT": "0"})
    assert process.popen.wait(60) == 1
    assert "loop died" in process.log.read_text(encoding="utf-8")
