"""One run: load, faults, quiet, check, verdict."""

import asyncio
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from security.canaries import hits

from chaos.check import Finding, findings
from chaos.customers import Customers, errands
from chaos.evidence import (
    Evidence,
    look_at_pictures,
    read_dead_messages,
    read_objects,
    read_runpod_ledger,
    read_tables,
)
from chaos.fleet import BUCKET, CANARIES, Fleet
from chaos.history import History, read_junk, read_wishes
from chaos.inflict import Inflict
from chaos.schedule import Schedule
from chaos.servers import ChaosServers, remove
from chaos.verdict import Verdict
from local_stack.places import LOCAL_FOLDER, repository
from shared.db.database import Database
from shared.db.invariants import Invariants
from shared.storage.r2 import R2Objects, R2Settings

TIME_SCALE: Final = 0.2
SETTLE_SECONDS: Final = 300.0
PROGRESS_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 3.0
QUIET_LOOKS: Final = 2

OPEN_WORK: Final = """
SELECT (SELECT count(*) FROM jobs WHERE finished_at IS NULL)
     + (SELECT count(*) FROM outbox)
     + (SELECT count(*) FROM jobs WHERE deleted_at IS NOT NULL AND purged_at IS NULL)
     + (SELECT count(*) FROM attempts
        WHERE state IN ('intent', 'posting', 'unknown', 'submitted', 'in_progress')) AS open
"""
DONE: Final = (
    "SELECT count(*) FILTER (WHERE finished_at IS NOT NULL) AS ended, count(*) AS jobs FROM jobs"
)


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is done.

    Attributes:
        keep: leave the folder with logs and ledgers behind.
        source_folders: sources to run in place of the installed ones.
        quiet: say nothing while it runs, and leave nothing behind.
    """

    time_scale: float = TIME_SCALE
    keep: bool = False
    source_folders: tuple[Path, ...] = ()
    quiet: bool = False


async def run(schedule: Schedule, options: Options) -> Verdict:
    """Run the product under a schedule and judge what is left."""
    folder = new_folder("chaos-")
    _write(folder / "schedule.json", schedule.to_json())
    history = History(folder / "history.jsonl")
    fleet = Fleet(
        folder,
        time_scale=options.time_scale,
        source_folders=options.source_folders,
        seed=schedule.seed,
    )
    verdict = None
    try:
        async with fleet:
            verdict = await _run(schedule, fleet, history, tell=not options.quiet)
        return verdict
    finally:
        history.close()
        if options.keep or (not options.quiet and (verdict is None or not verdict.holds)):
            print(f"logs and ledgers: {folder}", flush=True)
        else:
            remove(folder)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def new_folder(prefix: str) -> Path:
    """Make a folder for the data, logs and ledgers of a run."""
    local = repository() / LOCAL_FOLDER
    local.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=local))
    folder.chmod(0o755)  # Postgres may run as another user
    return folder


async def _run(schedule: Schedule, fleet: Fleet, history: History, *, tell: bool) -> Verdict:
    customers = Customers(fleet.gateway_urls, history)
    await customers.open_accounts()
    inflict = Inflict(fleet, history, seed=schedule.seed)
    began = monotonic()
    wanted = errands(schedule.seed, schedule.jobs)
    telling = asyncio.create_task(_tell(fleet, customers, inflict, schedule, silent=not tell))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(customers.run(wanted, schedule.load_seconds, SETTLE_SECONDS))
            group.create_task(_faults_then_health(inflict, schedule))
    finally:
        telling.cancel()
    load_seconds = monotonic() - began
    settle_seconds, queues = await _settle(fleet)
    secrets = {f"session {n}": cookie for n, cookie in enumerate(customers.cookies)} | CANARIES
    await customers.aclose()
    history.close()
    evidence = await _evidence(fleet, history, schedule, queues)
    found = findings(evidence)
    found += await table_findings(fleet.servers)
    found += _leaks(fleet.folder / "logs", secrets)
    found += _bugs(fleet)
    return Verdict(
        schedule=schedule,
        commit=commit(),
        evidence=evidence,
        findings=found,
        struck=inflict.struck,
        simulator_struck=inflict.simulator_struck,
        store_struck=dict(fleet.store.struck),
        unexpected_exits=Counter(
            f"{e.name} with {e.code}" for e in fleet.exits if not e.wanted and e.code != -9
        ),
        load_seconds=load_seconds,
        settle_seconds=settle_seconds,
        notes=[f"{s.fault}: {s.trouble}" for s in inflict.struck if s.trouble],
    )


async def _faults_then_health(inflict: Inflict, schedule: Schedule) -> None:
    await inflict.run(schedule)
    await inflict.heal_everything()


async def _settle(fleet: Fleet) -> tuple[float, dict[str, int]]:
    """Wait until nothing is left to do, twice in a row.

    Returns:
        How many seconds that took, and the messages that were still left in queues.
    """
    began = monotonic()
    quiet, queues = 0, dict[str, int]()
    while quiet < QUIET_LOOKS and monotonic() - began < SETTLE_SECONDS:
        await asyncio.sleep(LOOK_SECONDS)
        async with fleet.servers.connected() as database:
            open_work = await database.fetchval(OPEN_WORK)
        queues = await fleet.servers.queue_counts()
        quiet = quiet + 1 if open_work == 0 and not queues else 0
    return monotonic() - began, queues


async def _evidence(
    fleet: Fleet, history: History, schedule: Schedule, queues: dict[str, int]
) -> Evidence:
    settings = storage(fleet)
    async with fleet.servers.connected() as database:
        jobs, attempts = await read_tables(database)
        dead = await read_dead_messages(database)
    async with R2Objects(settings) as objects:
        keys = await read_objects(objects)
    done = [job for job in jobs.values() if job.state == "done" and job.deleted_at is None]
    return Evidence(
        jobs=jobs,
        attempts=attempts,
        submissions=read_runpod_ledger(fleet.runpod_ledger),
        objects=keys,
        pictures=await look_at_pictures(settings, done),
        wishes=read_wishes(history.path),
        queues=queues,
        junk=read_junk(history.path),
        dead=dead,
        doorbells_hold=schedule.doorbells_hold,
    )


async def table_findings(servers: ChaosServers) -> list[Finding]:
    """Return what the rules inside the database find."""
    async with Database(servers.database_url, max_connections=2) as database:
        violations = await Invariants(database).violations(settled=True)
    return [Finding(v.rule, v.subject, f"{v.name}: {v.detail}") for v in violations]


def storage(fleet: Fleet) -> R2Settings:
    """Return how to reach the store itself."""
    url = fleet.servers.servers.s3.url
    credentials = fleet.servers.credentials
    return R2Settings(url, url, credentials.s3_access_key, credentials.s3_secret_key, BUCKET)


def _leaks(logs: Path, secrets: Mapping[str, str]) -> list[Finding]:
    return [
        Finding("I11", hit.where, f"{hit.canary}: {hit.context}") for hit in hits([logs], secrets)
    ]


def _bugs(fleet: Fleet) -> list[Finding]:
    """Return the errors that no part of a service expected, one of each kind."""
    found: dict[tuple[str, str], Finding] = {}
    for replica in fleet.replicas.values():
        for line in replica.log.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"exception"' not in line or not line.startswith("{"):
                continue
            said = json.loads(line)
            if said["level"] in {"error", "critical"}:
                last = str(said["exception"]).strip().splitlines()[-1]
                finding = Finding("bug", replica.name, f"{said['event']}: {last}"[:300])
                found.setdefault((replica.module, last), finding)
    return list(found.values())


async def _tell(
    fleet: Fleet, customers: Customers, inflict: Inflict, schedule: Schedule, *, silent: bool
) -> None:
    """Say how far it is."""
    began = monotonic()
    while not silent:
        await asyncio.sleep(PROGRESS_SECONDS)
        try:
            async with fleet.servers.connected() as database:
                row = await database.fetchrow(DONE)
            ended, jobs = (row["ended"], row["jobs"]) if row else (0, 0)
        except Exception:  # noqa: BLE001 - the database may be what is broken now
            ended, jobs = -1, -1
        print(
            f"{monotonic() - began:5.0f} s: {customers.sent} of {schedule.jobs} asked for,"
            f" {jobs} jobs, {ended} ended;"
            f" {len(inflict.struck)} of {len(schedule.faults)} faults over",
            flush=True,
        )


def commit() -> str:
    """Return the commit of the sources, with a mark when they differ from it."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude", "*"],
        cwd=repository(),
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"
