"""When jobs go in."""

import asyncio
import io
import json
import time

import pytest
from bench.chains.intake import Order, serve_blocking_intake, serve_intake

ORDERS = """\
{"first": 5, "count": 3, "per_second": null}
{"first": 8, "count": 4, "per_second": 50}
"""


def test_jobs_at_a_rate_are_due_one_after_the_other() -> None:
    order = Order(first=1, count=3, per_second=20)
    assert [order.due_at(index, 100.0) for index in range(3)] == [100.0, 100.05, 100.1]


def test_jobs_without_a_rate_are_due_at_once() -> None:
    assert Order(first=1, count=3, per_second=None).due_at(2, 100.0) == 100.0


@pytest.mark.parametrize("is_blocking", [True, False])
def test_every_job_goes_in_and_is_told_with_its_instant(
    capsys: pytest.CaptureFixture[str], is_blocking: bool
) -> None:
    taken: list[int] = []
    began = time.time()
    if is_blocking:
        serve_blocking_intake(taken.append, io.StringIO(ORDERS))
    else:

        async def take(job: int) -> None:
            taken.append(job)

        asyncio.run(serve_intake(take, io.StringIO(ORDERS)))

    ready, *answers = capsys.readouterr().out.splitlines()
    at_once, paced = map(json.loads, answers)
    assert ready == "ready"
    assert sorted(taken) == [5, 6, 7, 8, 9, 10, 11]
    assert (len(at_once), len(paced)) == (3, 4)
    assert began <= at_once[0]
    assert paced[-1] - max(at_once) > 0.055
