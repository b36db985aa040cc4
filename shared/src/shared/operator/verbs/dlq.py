"""Dead messages for operators: list, explain, replay, dismiss."""

import argparse
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Final
from uuid import UUID

from shared.db.database import Database
from shared.db.dead_messages import DeadMessage, DeadMessages
from shared.domain.dead_letter import DeadState, why
from shared.settings import DatabaseSettings

_HEADER: Final = f"{'id':36}  {'state':9}  {'queue':29}  {'reason':18}  {'died':16}  job"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line of `dlq`."""
    parser.add_argument("action", choices=_ACTIONS, nargs="?", default="list")
    parser.add_argument("ids", metavar="ID", nargs="*", type=UUID, help="as `list` shows them")
    parser.add_argument("--all", action="store_true", help="every open message")
    parser.add_argument("--queue", help="only those of this work queue")
    parser.add_argument("--json", action="store_true", help="for programs")


async def run(arguments: argparse.Namespace) -> int:
    """Do what the command line asks for; return the exit code."""
    if arguments.action in {"replay", "dismiss"} and not (arguments.ids or arguments.all):
        sys.stderr.write(f"{arguments.action}: name messages by their ids, or say --all\n")
        return 2
    settings = DatabaseSettings.from_environment()
    async with Database(settings.database_url.get_secret_value(), max_connections=1) as database:
        dead = DeadMessages(database)
        wanted = arguments.ids or None
        messages = await dead.listed(wanted, queue=arguments.queue)
        await _ACTIONS[arguments.action](dead, messages)
        if arguments.action in {"replay", "dismiss"}:
            messages = await dead.listed([message.id for message in messages])
    missing = sorted(set(arguments.ids) - {message.id for message in messages}, key=str)
    show = _as_paragraphs if arguments.action == "explain" else _as_lines
    sys.stdout.write(_as_json(messages) if arguments.json else show(messages))
    for message_id in missing:
        sys.stderr.write(f"there is no dead message {message_id}\n")
    return 1 if missing else 0


async def _look(dead: DeadMessages, messages: list[DeadMessage]) -> None:
    _ = dead, messages


async def _replay(dead: DeadMessages, messages: list[DeadMessage]) -> None:
    for message in messages:
        said = message.explanation or why(message.reason, message.tries)
        await dead.replay(message.id, f"{said} Replayed by an operator.")


async def _dismiss(dead: DeadMessages, messages: list[DeadMessage]) -> None:
    for message in messages:
        said = message.explanation or why(message.reason, message.tries)
        await dead.explain(message.id, f"{said} Dismissed by an operator.", DeadState.DISMISSED)


_ACTIONS: Final[dict[str, Callable[[DeadMessages, list[DeadMessage]], Awaitable[None]]]] = {
    "list": _look,
    "explain": _look,
    "replay": _replay,
    "dismiss": _dismiss,
}


def _as_json(messages: list[DeadMessage]) -> str:
    fields = [asdict(message) | {"deaths": json.loads(message.deaths)} for message in messages]
    return json.dumps(fields, default=str, ensure_ascii=False, indent=2) + "\n"


def _as_lines(messages: list[DeadMessage]) -> str:
    if not messages:
        return "No dead messages.\n"
    return "\n".join([_HEADER, *map(_line, messages), ""])


def _line(message: DeadMessage) -> str:
    died_at = message.died_at or message.found_at
    return (
        f"{message.id}  {message.state.value:9}  {message.queue:29}  "
        f"{_one_line(message.reason):18}  {died_at:%Y-%m-%d %H:%M}  {message.job_state or '-'}"
    )


def _as_paragraphs(messages: list[DeadMessage]) -> str:
    return "\n".join(map(explained, messages)) if messages else "No dead messages.\n"


def explained(message: DeadMessage) -> str:
    """Say what a message was, why it died, what became of its job and what a replay would do."""
    died_at = message.died_at or message.found_at
    what = (
        f"{message.body_bytes} bytes in {message.queue}, where '{message.topic}' goes; "
        f"dead since {died_at:%Y-%m-%d %H:%M} UTC."
    )
    return "\n".join(
        [
            f"{message.id} ({message.state.value})",
            f"  what    {what}",
            f"  body    {_one_line(message.body) or '(empty)'}",
            f"  why     {why(message.reason, message.tries)}",
            f"  job     {_job(message)}",
            f"  done    {message.explanation or 'Nothing yet: a poller takes it up.'}",
            f"  replay  {_replaying(message)}",
            "",
        ]
    )


def _job(message: DeadMessage) -> str:
    if message.job_id is None:
        return "The message names none."
    if message.job_state is None:
        return f"{message.job_id}: there is no such job."
    failure = f" ({message.job_error_code})" if message.job_error_code else ""
    return f"{message.job_id}: {message.job_state}{failure}."


def _replaying(message: DeadMessage) -> str:
    if message.state is not DeadState.OPEN:
        return f"Would do nothing: the message is {message.state.value}."
    if not message.needs:
        return "Would ring nothing: no job waits for it. The message would be settled."
    return f"Would ring {', '.join(message.needs)}, as the job is now; not the old body."


def _one_line(text: str, most: int = 300) -> str:
    """Return the start of a text, with nothing in it that a terminal could take for a command."""
    printable = "".join(letter if letter.isprintable() else "�" for letter in text[: most + 1])
    return printable if len(printable) <= most else f"{printable[:most]}…"
