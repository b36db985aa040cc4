"""The checker on a stack that runs: `make up`, or whatever the environment has the addresses of."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
import httpx

from chaos.check import Finding, findings
from chaos.evidence import (
    Evidence,
    look_at_pictures,
    read_dead_messages,
    read_objects,
    read_tables,
    submission_of,
)
from local_stack.services import pipeline_environment
from local_stack.stack import Stack
from shared.db.database import Database
from shared.db.invariants import Invariants
from shared.settings import RunPodSettings, StorageSettings
from shared.storage.r2 import R2Objects, R2Settings


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what does not hold."""

    jobs: int
    submissions: int | None
    pictures: int
    findings: list[Finding]


def local_environment() -> Mapping[str, str]:
    """Return the environment's own addresses, or those of `make up` when it has none."""
    if "DATABASE_URL" in os.environ:
        return os.environ
    stack = Stack.running()
    return pipeline_environment(stack.settings, stack.servers, stack.credentials)


async def check_running(environment: Mapping[str, str], *, settled: bool) -> Checked:
    """Check tables, objects and, where RunPod is simulated, its ledger.

    Args:
        environment: as the services have it.
        settled: nothing is in flight, so that what is left over is wrong.
    """
    given = {name.lower(): value for name, value in environment.items()}
    storage = R2Settings.from_settings(StorageSettings.model_validate(given))
    async with R2Objects(storage) as objects:
        keys = await read_objects(objects)
    database = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        jobs, attempts = await read_tables(database)
        dead = await read_dead_messages(database)
    finally:
        await database.close()
    done = [job for job in jobs.values() if job.state == "done" and job.deleted_at is None]
    ledger = await _ledger(RunPodSettings.model_validate(given))
    evidence = Evidence(
        jobs=jobs,
        attempts=attempts,
        submissions=[] if ledger is None else [submission_of(entry) for entry in ledger],
        objects=keys,
        pictures=await look_at_pictures(storage, done),
        wishes=[],
        dead=dead,
    )
    found = findings(evidence, settled=settled)
    async with Database(environment["DATABASE_URL"], max_connections=1) as pool:
        violations = await Invariants(pool).violations(settled=settled)
    found += [Finding(v.rule, v.subject, f"{v.name}: {v.detail}") for v in violations]
    return Checked(len(jobs), None if ledger is None else len(ledger), len(done), found)


async def _ledger(settings: RunPodSettings) -> list[dict[str, object]] | None:
    """Return the simulator's ledger; None where RunPod is the real one."""
    if not settings.runpod_base_url.endswith("/v2") or "127.0.0.1" not in settings.runpod_base_url:
        return None
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        url = settings.runpod_base_url.removesuffix("/v2")
        entries: list[dict[str, object]] = (
            (await http.get(f"{url}/_sim/jobs")).raise_for_status().json()
        )
        return entries
