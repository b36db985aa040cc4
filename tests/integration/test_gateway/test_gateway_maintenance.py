"""A break that an operator announces."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.about.maintenance import until
from gateway.settings import GatewaySettings
from test_gateway.rig import Visitor, check_problem, running

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)


@pytest.mark.asyncio
async def test_a_break_begins_and_ends_with_a_file(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    notice = tmp_path / "notice"
    async with running(settings.model_copy(update={"maintenance_notice": notice})) as rig:
        visitor: Visitor = await rig.visitor()
        job = await visitor.new_job()
        back_at = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
        notice.write_text(f"{back_at.isoformat()}\n", encoding="utf-8")
        for path in ("/v1/account", f"/v1/jobs/{job['id']}", "/v1/events", "/api/queue/status"):
            response = await visitor.http.get(path)
            problem = check_problem(response, 503, "maintenance")
            assert problem["params"] == {"until": back_at.isoformat().replace("+00:00", "Z")}
            assert 7100 < int(response.headers["retry-after"]) <= 7200
        check_problem(await visitor.create(prompt="a"), 503, "maintenance")
        for path in ("/health", "/v1/config", "/docs", "/"):
            assert (await visitor.http.get(path)).status_code == 200, path
        assert (await visitor.http.post("/hooks/runpod/no-token", json={})).status_code == 200
        notice.unlink()
        assert (await visitor.job(job["id"]))["status"] == "queued"


@pytest.mark.parametrize(
    ("text", "back_at"),
    [
        ("2026-11-27T03:00:00Z", datetime(2026, 11, 27, 3, tzinfo=UTC)),
        ("2026-11-27T11:30+07:00", datetime(2026, 11, 27, 4, 30, tzinfo=UTC)),
        ("2026-11-27 05:00\n", datetime(2026, 11, 27, 5, tzinfo=UTC)),
        ("2026-11-27T01:00:00Z", NOW + timedelta(minutes=1)),
        ("", NOW + timedelta(minutes=20)),
        ("back soon", NOW + timedelta(minutes=20)),
    ],
)
def test_a_file_says_when_a_break_is_over(tmp_path: Path, text: str, back_at: datetime) -> None:
    notice = tmp_path / "notice"
    notice.write_text(text, encoding="utf-8")
    touched_at = (NOW - timedelta(minutes=10)).timestamp()
    os.utime(notice, (touched_at, touched_at))
    assert until(notice, NOW) == back_at


def test_without_a_file_there_is_no_break(tmp_path: Path) -> None:
    assert until(tmp_path / "notice", NOW) is None
