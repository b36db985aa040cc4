"""A few people at the whole product for a few seconds; `make load` lets hundreds in."""

import pytest
from bench.load.journal import DOWNLOAD, HEARD, UPLOAD, End
from bench.load.report import claims, plots, write
from bench.load.run import Plan, load
from bench.load.target import Target
from e2e.stack import SERVICES, Stack

PLAN = Plan(people=4, seconds=6, pause_seconds=1, workers=8)


def test_people_get_their_pictures_and_the_report_says_how(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    parts = {name: [p.popen.pid for p in stack.running(name)] for name in SERVICES}
    said: list[str] = []
    outcome = load(PLAN, Target(stack.url, parts, stack.simulator_url), said.append)
    journal = outcome.journal
    assert journal.troubles() == []
    assert set(journal.ends()) <= {End.DONE, End.CANCELLED}
    assert len(journal.done()) >= PLAN.people
    assert journal.open_now == 0
    for errand in journal.done():
        # `generating` is seen only by a poll within the third of a second that it lasts.
        assert {UPLOAD, "saving", HEARD, DOWNLOAD} <= errand.seconds.keys()
        assert errand.taken_seconds < 60
    assert all(holds for holds, _, _ in claims(outcome))
    assert outcome.gauges.cpu_seconds["storer"] > 0
    folder = write(outcome, tmp_path_factory.mktemp("results"))
    files = {file.name for file in folder.iterdir()}
    assert files == {"result.md", "result.json", *(f"{name}.svg" for name in plots(outcome))}
    assert "| gateway |" in (folder / "result.md").read_text(encoding="utf-8")
