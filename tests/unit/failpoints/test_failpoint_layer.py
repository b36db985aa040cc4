"""The fault layer itself: each mode does what it says, once."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from failpoints.layer import (
    ANY_SERVICE,
    Edge,
    Failure,
    Fault,
    Layer,
    Mode,
    Passage,
    Switchboard,
)

TESTS = Path(__file__).parents[2]
POINT = "db.outbox.LEASE"


class UnmadeError(Exception):
    pass


class UnansweredError(Exception):
    pass


FAILURE = Failure(UnmadeError, UnansweredError)


@dataclass
class House:
    """A woven call and how often it was really made."""

    layer: Layer
    answer: list[int]
    made: int = 0

    async def call(self) -> list[int]:
        async def real() -> list[int]:
            self.made += 1
            return self.answer

        return await self.layer.around(POINT, real, FAILURE, has_effect=bool)


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    return Switchboard(tmp_path)


@pytest.fixture
def house(board: Switchboard) -> House:
    return House(Layer("storer", board, hang_seconds=0.3), [1])


def a_fault(mode: Mode, edge: Edge, *, service: str = "storer", effect: bool = False) -> Fault:
    return Fault(service, POINT, edge, mode, effect)


@pytest.mark.asyncio
async def test_a_raise_is_a_call_that_was_not_made(board: Switchboard, house: House) -> None:
    board.arm(a_fault(Mode.RAISE, Edge.BEFORE))
    with pytest.raises(UnmadeError):
        await house.call()
    assert house.made == 0
    assert await house.call() == [1]


@pytest.mark.asyncio
async def test_a_timeout_is_a_call_that_was_made(board: Switchboard, house: House) -> None:
    board.arm(a_fault(Mode.TIMEOUT, Edge.AFTER))
    with pytest.raises(UnansweredError):
        await house.call()
    assert house.made == 1
    assert await house.call() == [1]


@pytest.mark.asyncio
@pytest.mark.parametrize("edge", Edge)
async def test_a_hang_ends(board: Switchboard, house: House, edge: Edge) -> None:
    board.arm(a_fault(Mode.HANG, edge))
    began = time.monotonic()
    assert await house.call() == [1]
    assert time.monotonic() - began > 0.25


@pytest.mark.asyncio
async def test_a_fault_of_another_service_or_point_stays_armed(
    board: Switchboard, house: House
) -> None:
    others = [
        a_fault(Mode.RAISE, Edge.BEFORE, service="poller"),
        Fault("storer", f"{POINT}_ER", Edge.BEFORE, Mode.RAISE),
    ]
    for other in others:
        board.arm(other)
    assert await house.call() == [1]
    assert [board.struck_at(other) for other in others] == [None, None]


@pytest.mark.asyncio
async def test_a_fault_of_any_service_strikes_whoever_comes_first(
    board: Switchboard, house: House
) -> None:
    fault = a_fault(Mode.RAISE, Edge.BEFORE, service=ANY_SERVICE)
    board.arm(fault)
    with pytest.raises(UnmadeError):
        await house.call()
    assert board.struck_at(fault) is not None


@pytest.mark.asyncio
async def test_an_effect_is_waited_for(board: Switchboard, house: House) -> None:
    fault = a_fault(Mode.TIMEOUT, Edge.AFTER, effect=True)
    board.arm(fault)
    house.answer = []
    assert await house.call() == []
    house.answer = [7]
    with pytest.raises(UnansweredError):
        await house.call()


@pytest.mark.asyncio
async def test_what_was_passed_is_told_once(board: Switchboard, house: House) -> None:
    await house.call()
    assert board.seen() == {
        Passage("storer", POINT, Edge.BEFORE),
        Passage("storer", POINT, Edge.AFTER, had_effect=True),
    }
    assert board.seen() == set()


@pytest.mark.parametrize("effect", [True, False])
def test_a_fault_and_a_passage_are_read_as_they_are_written(effect: bool) -> None:
    fault = a_fault(Mode.KILL, Edge.AFTER, effect=effect)
    assert Fault.parse(str(fault)) == fault
    passage = Passage("poller", POINT, Edge.AFTER, effect)
    assert Passage.parse(str(passage)) == passage


KILLED = """
import asyncio, sys
from pathlib import Path
from failpoints.layer import Failure, Layer, Switchboard

async def call():
    print("made")
    return 1

layer = Layer("storer", Switchboard(Path(sys.argv[1])), 0)
asyncio.run(layer.around("db.outbox.LEASE", call, Failure(Exception, Exception)))
print("went on")
"""


@pytest.mark.parametrize(("edge", "said"), [(Edge.BEFORE, ""), (Edge.AFTER, "made\n")])
def test_a_kill_leaves_no_time_and_strikes_no_second_process(
    board: Switchboard, edge: Edge, said: str
) -> None:
    board.arm(a_fault(Mode.KILL, edge))
    command = [sys.executable, "-u", "-c", KILLED, str(board.folder)]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        for _ in range(2)
    )
    assert (first.returncode, first.stdout) == (-signal.SIGKILL, said)
    assert (second.returncode, second.stdout) == (0, "made\nwent on\n")


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"PROFILE": "production", "FAILPOINTS": "/nowhere"}, "refused in production"),
        ({}, "FAILPOINTS must name the folder"),
    ],
)
def test_no_service_starts_with_it_where_it_must_not(
    environment: dict[str, str], says: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "failpoints", "submitter"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TESTS)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert says in done.stderr
