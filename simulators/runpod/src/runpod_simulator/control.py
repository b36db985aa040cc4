"""`/_sim`: what tests use to look behind the scenes and to make things go wrong."""

from collections.abc import Callable

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from runpod_simulator.faults import Faults
from runpod_simulator.ledger import LedgerEntry
from runpod_simulator.simulator import Simulator
from runpod_simulator.timings import Modes, OutputMode, Timings


class TimingsPatch(BaseModel):
    """Timings to change; the others stay."""

    model_config = ConfigDict(extra="forbid")

    delay_ms: int | None = Field(default=None, ge=0)
    execution_ms: int | None = Field(default=None, ge=0)
    jitter: float | None = Field(default=None, ge=0, le=1)
    cold_start_ms: int | None = Field(default=None, ge=0)
    idle_timeout_ms: int | None = Field(default=None, ge=0)
    workers: int | None = Field(default=None, ge=0, le=64)
    retention_ms: int | None = Field(default=None, ge=0)
    sync_retention_ms: int | None = Field(default=None, ge=0)
    clock_scale: float | None = Field(default=None, gt=0, le=100)


class ModesPatch(BaseModel):
    """Modes to change; the others stay."""

    model_config = ConfigDict(extra="forbid")

    output: OutputMode | None = None
    strict_body: bool | None = None


def control_routes(simulator: Callable[[], Simulator]) -> APIRouter:
    """Return the routes.

    Args:
        simulator: Returns the running simulator; there is one from start-up on.
    """
    routes = APIRouter(prefix="/_sim")

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
        if faults.stuck_in_queue is None and "stuck_in_queue" in faults.model_fields_set:
            _release(simulator())
        return simulator().faults.current()

    @routes.delete("/faults")
    async def delete_faults() -> Faults:
        _clear_faults(simulator())
        return simulator().faults.current()

    @routes.get("/faults/struck")
    async def read_struck() -> dict[str, int]:
        return simulator().faults.struck()

    @routes.get("/timings")
    async def read_timings() -> Timings:
        return simulator().endpoint.timings

    @routes.patch("/timings")
    async def patch_timings(patch: TimingsPatch) -> Timings:
        changed = patch.model_dump(exclude_none=True)
        timings = simulator().endpoint.timings.model_copy(update=changed)
        simulator().retime(timings)
        return timings

    @routes.get("/modes")
    async def read_modes() -> Modes:
        return simulator().conductor.modes

    @routes.patch("/modes")
    async def patch_modes(patch: ModesPatch) -> Modes:
        changed = patch.model_dump(exclude_none=True)
        simulator().use_modes(simulator().conductor.modes.model_copy(update=changed))
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


def _clear_faults(sim: Simulator) -> None:
    sim.faults.reset()
    _release(sim)


def _release(sim: Simulator) -> None:
    sim.endpoint.release_held()
    sim.conductor.poke()
