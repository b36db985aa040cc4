"""`/_sim`: what tests use to look behind the scenes and to make things go wrong."""

from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import APIRouter

from runpod_simulator.faults import Faults
from runpod_simulator.ledger import LedgerEntry
from runpod_simulator.simulator import Simulator
from runpod_simulator.timings import Modes, Timings

Tuned = TypeVar("Tuned", Timings, Modes)
HOLDING: Final = frozenset({"stuck_in_queue", "stuck_in_progress"})


def control_routes(simulator: Callable[[], Simulator]) -> APIRouter:
    """Return all control routes.

    Args:
        simulator: Returns the running simulator; there is one from start-up on.
    """
    routes = APIRouter(prefix="/_sim")
    routes.include_router(_fault_routes(simulator))
    routes.include_router(_tuning_routes(simulator))
    return routes


def _fault_routes(simulator: Callable[[], Simulator]) -> APIRouter:
    routes = APIRouter()

    @routes.get("/faults")
    async def read_faults() -> Faults:
        return simulator().faults.current()

    @routes.put("/faults")
    async def replace_faults(faults: Faults) -> Faults:
        _clear_faults(simulator())
        simulator().faults.patch(faults)
        return simulator().faults.current()

    @routes.patch("/faults")
    async def patch_faults(faults: Faults) -> Faults:
        simulator().faults.patch(faults)
        if any(getattr(faults, name) is None for name in HOLDING & faults.model_fields_set):
            _release(simulator())
        return simulator().faults.current()

    @routes.delete("/faults")
    async def delete_faults() -> Faults:
        _clear_faults(simulator())
        return simulator().faults.current()

    @routes.get("/faults/struck")
    async def read_struck() -> dict[str, int]:
        return simulator().faults.struck()

    return routes


def _tuning_routes(simulator: Callable[[], Simulator]) -> APIRouter:
    routes = APIRouter()

    @routes.get("/timings")
    async def read_timings() -> Timings:
        return simulator().endpoint.timings

    @routes.patch("/timings")
    async def patch_timings(patch: Timings) -> Timings:
        simulator().retime(_patched(simulator().endpoint.timings, patch))
        return simulator().endpoint.timings

    @routes.get("/modes")
    async def read_modes() -> Modes:
        return simulator().conductor.modes

    @routes.patch("/modes")
    async def patch_modes(patch: Modes) -> Modes:
        simulator().conductor.modes = _patched(simulator().conductor.modes, patch)
        return simulator().conductor.modes

    @routes.get("/jobs")
    async def read_jobs(match: str | None = None) -> list[LedgerEntry]:
        return [
            entry
            for entry in simulator().ledger
            if match is None or match in entry.model_dump_json(exclude={"webhook_tries"})
        ]

    @routes.post("/reset")
    async def reset() -> Timings:
        simulator().reset()
        return simulator().endpoint.timings

    return routes


def _patched(old: Tuned, patch: Tuned) -> Tuned:
    """Return the old values with those that the patch names replaced."""
    changed = {name: getattr(patch, name) for name in patch.model_fields_set}
    return old.model_copy(update=changed)


def _clear_faults(sim: Simulator) -> None:
    sim.faults.reset()
    _release(sim)


def _release(sim: Simulator) -> None:
    sim.endpoint.release_held()
    sim.conductor.release_held()
