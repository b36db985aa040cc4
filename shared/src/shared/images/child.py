"""The process that decodes one picture and ends: no environment or network, little memory or time.

It is forked from a server that has imported this module and nothing of the service. What it says
goes through a pipe as JSON, because whoever takes over a decoder must not have its words unpickled.
"""

import json
import os
from dataclasses import asdict
from multiprocessing.connection import Connection

from shared.errors import AppError
from shared.images.confinement import confine, limit
from shared.images.prepare import prepare_upload
from shared.images.probe import register_decoders
from shared.images.tasks import (
    ANSWER_LIMIT_BYTES,
    SYSTEM_CALLS,
    ChildLimits,
    PrepareTask,
    Task,
    VariantTask,
    VerifyTask,
    WarmUpTask,
)
from shared.images.variants import make_variant
from shared.images.verify import verify_result

register_decoders()


def main(task: Task, limits: ChildLimits, answer: Connection) -> None:
    """Do one task under limits and write the answer, at most 16 KB of JSON, to the pipe."""
    limit(limits)
    said = json.dumps(_answer(task, limits), default=str).encode()
    os.write(answer.fileno(), said[:ANSWER_LIMIT_BYTES])


def _answer(task: Task, limits: ChildLimits) -> dict[str, object]:
    try:
        held = confine(task)
        if limits.must_be_confined and SYSTEM_CALLS not in held:
            return {"code": None, "params": {"reason": "unconfined"}}
        return {"result": _do(task, held)}
    except AppError as error:
        return {"code": error.code, "params": error.params}
    except Exception as error:  # noqa: BLE001 - a broken picture makes decoders raise anything
        return {"code": None, "params": {"reason": type(error).__name__}}


def _do(task: Task, held: list[str]) -> dict[str, object]:
    match task:
        case PrepareTask():
            return asdict(prepare_upload(task.source, task.out_dir, task.limits))
        case VerifyTask():
            return asdict(verify_result(task.source, task.out_dir, task.expected, task.limits))
        case VariantTask():
            return asdict(make_variant(task.source, task.out_dir, task.variant, task.limits))
        case WarmUpTask():
            return {"held_to": held}
