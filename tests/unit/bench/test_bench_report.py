"""The table, the plots and the files, out of made-up rounds."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.campaign import Outcome
from bench.measures.machine import Disturbance
from bench.plan import Plan
from bench.report.files import LATEST, write
from bench.report.lines import lines
from bench.report.standings import standings
from bench.report.svg import Bar, bars
from bench.report.table import as_markdown, for_terminal
from bench.share import Share

QUIET = Disturbance(others=0.01, stolen=0.0)
BUSY = Disturbance(others=0.4, stolen=0.1)


def a_share(
    contender: str, number: int, rate: float, *, broker: bool = True, after: Disturbance = QUIET
) -> Share:
    servers = {"broker": 0.5} if broker else {}
    return Share(
        contender=contender,
        number=number,
        jobs_per_second=rate,
        added_ms={50: 5.0 + number, 95: 8.0, 99: 12.5},
        cpu_ms=servers | {"postgres": 0.25, "workers": 1.25, "intake": 0.1},
        provider_cpu_ms=0.3,
        own_pss_mib=70.4,
        asks_per_job=2.0,
        disturbances=(QUIET, after),
    )


SHARES = [
    a_share("raw", 1, 1000),
    a_share("tables", 1, 250, broker=False),
    a_share("tables", 2, 300, broker=False),
    a_share("raw", 2, 600),
]


def an_outcome(plan: Plan, *shares: Share) -> Outcome:
    return Outcome(plan, load_before=0.0, shares=list(shares))


def test_a_standing_is_the_median_of_the_rounds() -> None:
    raw, tables = standings(SHARES)
    assert (raw.contender, raw.rounds, raw.jobs_per_second, raw.ratio) == ("raw", 2, 800, 1)
    assert (tables.jobs_per_second, tables.ratio) == (275, (0.25 + 0.5) / 2)
    assert raw.added_ms == {50: 6.5, 95: 8.0, 99: 12.5}
    assert round(raw.all_cpu_ms, 3) == 2.1


def test_markdown_has_a_cell_for_every_head() -> None:
    heads, rule, *lines = as_markdown(standings(SHARES)).splitlines()
    assert {line.count("|") for line in (heads, rule, *lines)} == {12}
    assert lines[0] == "| raw | 800 | 1.00 | 6.5 | 8.0 | 12.5 | 1.25 | 0.50 | 0.25 | 2.10 | 70 |"


def test_a_server_that_is_not_used_has_no_figure() -> None:
    assert "| 1.25 | - | 0.25 |" in as_markdown(standings(SHARES))


def test_without_the_reference_there_is_no_ratio() -> None:
    (tables,) = standings([a_share("tables", 1, 250)])
    assert tables.ratio is None


def test_the_terminal_gets_columns_of_one_width() -> None:
    lines = for_terminal(standings(SHARES)).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1].startswith("raw   ")


def test_a_plot_is_well_formed_and_says_every_value() -> None:
    plot = bars("a < b", [Bar("x & y", {"one": 1.0, "two": 2.5}), Bar("z", {"one": 1234.0})], 1)
    texts = {element.text for element in ET.fromstring(plot).iter() if element.text}  # noqa: S314
    assert {"a < b", "x & y", "z", "3.5", "1,234.0", "one", "two"} <= texts


def test_the_longest_bar_stays_on_the_page() -> None:
    plot = bars("t", [Bar("a", {"one": 3.0}), Bar("b", {"one": 1.0})], 0)
    bar = max(float(part.split('"')[0]) for part in plot.split(' width="')[1:])
    assert bar == 720 - 130 - 80


def test_curves_are_well_formed_and_stay_on_the_page() -> None:
    plot = lines("a < b", {"in": [(0, 0), (10, 4)], "out": [(5, 2.0)], "none": []})
    texts = {element.text for element in ET.fromstring(plot).iter() if element.text}  # noqa: S314
    assert {"a < b", "in", "out", "10 s", "4"} <= texts
    assert 'points="64.0,208.0 704.0,56.0"' in plot


def test_a_whole_quiet_run_becomes_the_latest(tmp_path: Path) -> None:
    folder = write(an_outcome(Plan(), *SHARES), tmp_path)
    names = {file.name for file in folder.iterdir()}
    assert names == {
        *("result.json", "result.md", "jobs_per_second.svg", "added_time.svg", "cpu.svg")
    }
    assert {file.name for file in (tmp_path / LATEST).iterdir()} == names
    facts = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert [standing["contender"] for standing in facts["standings"]] == ["raw", "tables"]
    assert facts["doubts"] == []


def test_a_run_on_a_busy_machine_says_so_and_is_not_kept(tmp_path: Path) -> None:
    folder = write(an_outcome(Plan(), a_share("raw", 1, 100, after=BUSY)), tmp_path)
    text = (folder / "result.md").read_text(encoding="utf-8")
    assert "- round 1, raw: 40% used by others, 10% stolen" in text
    assert not (tmp_path / LATEST).exists()


def test_a_short_run_is_not_kept_as_the_latest(tmp_path: Path) -> None:
    write(an_outcome(Plan(rounds=1), *SHARES), tmp_path)
    assert not (tmp_path / LATEST).exists()
