"""When a vital sign holds, and what the page says of it."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench.load.pictures import Kind, make_photo
from bench.measures.machine import Disturbance, MachineClock
from bench.provider.window import WINDOW_SECONDS, Window
from bench.vitals.decoding import prepared_per_second
from bench.vitals.idle import Idle, Memory
from bench.vitals.limits import PUBLISHED, Limits
from bench.vitals.part import Claim, Part, Watch
from bench.vitals.plan import PHONE_PHOTO, Plan
from bench.vitals.polling import Polling
from bench.vitals.report import markdown
from bench.vitals.starts import Start, Starts
from bench.vitals.uploads import Uploading, Uploads

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_the_busiest_ten_seconds_may_begin_at_any_time() -> None:
    window = Window()
    for now in (1.0, 8.0, 9.0, 10.5, 12.0, 18.5, 40.0):
        window.note(now)
    assert window.most == 4
    alone = Window()
    alone.note(1.0)
    alone.note(1.0 + WINDOW_SECONDS)
    assert alone.most == 1


def test_the_median_start_counts() -> None:
    starts = [Start(seconds, 1.0) for seconds in (9.0, 1.9, 1.2)]
    slow = [Start(2.1, 1.0)]
    holds, fails = Starts({"poller": starts, "storer": slow}).claims()
    assert (holds.holds, fails.holds) == (True, False)
    assert holds.figure.startswith("1.90 s; 1.20 to 9.00;")


def test_memory_is_that_of_the_service_with_its_fork_server_in_millions_of_bytes() -> None:
    memory = {"gateway": Memory(60, 85), "storer": Memory(50, 63), "poller": Memory(61, 61)}
    gateway, storer, poller = Idle(memory).claims()
    assert [gateway.holds, storer.holds, poller.holds] == [True, False, True]
    assert gateway.figure == "89 MB; 63 without its fork server"
    assert poller.figure == "64 MB"


def test_uploads_are_judged_by_the_decoding_alone_and_by_the_growth() -> None:
    few, many = Uploading(5.0, 100, 0), Uploading(5.0, 129, 7)
    uploads = Uploads(Plan(), 1_500_000, 10.0, Uploading(2.0, 100, 0), few, many)
    assert [claim.holds for claim in uploads.claims()] == [True, True]
    slow = replace(uploads, few=replace(few, per_second=4.9), many=replace(many, most_mib=131))
    assert [claim.holds for claim in slow.claims()] == [False, False]


@pytest.mark.parametrize(
    ("late", "polls", "holds"),
    [([0.8] * 95 + [9.0] * 5, 10.0, [True, True]), ([0.7] * 90 + [1.8] * 10, 10.1, [False, False])],
)
def test_both_percentiles_and_the_polls_count(
    late: list[float], polls: float, holds: list[bool]
) -> None:
    assert [claim.holds for claim in Polling(Plan(), late, polls).claims()] == holds


def test_four_fifths_of_what_runpod_publishes_is_the_most() -> None:
    most = {"run": 800, "status": 1601, "cancel": 39}
    assert most.keys() == PUBLISHED.keys()
    claims = Limits(4, most).claims()
    assert [claim.holds for claim in claims] == [True, False, False]
    assert claims[1].figure == "1,601, 80%"


def test_the_photo_is_one_and_a_half_megabytes_of_twelve_megapixels() -> None:
    assert 1_400_000 < len(make_photo(PHONE_PHOTO, 1).content) < 1_600_000
    assert PHONE_PHOTO.width * PHONE_PHOTO.height > 12_000_000


def test_decoding_alone_is_counted(tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    source.write_bytes(make_photo(Kind(100, "JPEG", 512, 384), 1).content)
    assert prepared_per_second(source, 0.1) > 0
    assert list(tmp_path.iterdir()) == [source]


def test_what_we_do_ourselves_disturbs_nothing() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    clocks = iter([(0, 0, 0), (5, 1, 10), (50, 50, 50), (55, 51, 60)])
    ours = iter([1.0, 1.0 + 2 / ticks, 7.0, 7.0 + 4 / ticks])
    watch = Watch(lambda: MachineClock(*next(clocks)), lambda: next(ours))
    for _ in range(2):
        with watch.measuring():
            pass
    assert watch.disturbance.others == pytest.approx(0.2)
    assert watch.disturbance.stolen == pytest.approx(0.1)


def test_the_page_says_what_fails_and_when_the_machine_was_busy() -> None:
    claims = [
        Claim(holds=True, promise="quick", figure="1 s"),
        Claim(holds=False, promise="small", figure="9 MiB"),
    ]
    part = Part("Start", claims, "Medians.", Disturbance(others=0.05, stolen=0))
    page = markdown([part], NOW)
    assert "| yes | quick | 1 s |" in page
    assert "| NO | small | 9 MiB |" in page
    assert "not quiet" not in page
    busy = replace(part, disturbance=Disturbance(others=0.3, stolen=0))
    assert "The machine was not quiet meanwhile: 30% used by others" in markdown([busy], NOW)
