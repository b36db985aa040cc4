"""The process that decodes one picture and ends: no environment, little memory, little time.

It is forked from a server that has imported this module and nothing of the service. What it says
goes through a pipe as JSON, because whoever takes over a decoder must not have its words unpickled.
"""

import json
import os
import resource
import warnings
from dataclasses import asdict
from multiprocessing.connection import Connection

from shared.errors import AppError
from shared.images.prepare import prepare_upload
from shared.images.probe import register_decoders
from shared.images.tasks import (
    ANSWER_LIMIT_BYTES,
    ChildLimits,
    PrepareTask,
    Task,
    VerifyTask,
    WarmUpTask,
)
from shared.images.verify import verify_result

register_decoders()


def main(task: Task, limits: ChildLimits, answer: Connection) -> None:
    """Do one task under limits and write the answer, at most 16 KB of JSON, to the pipe."""
    _confine(limits)
    os.write(answer.fileno(), json.dumps(_answer(task), default=str).encode()[:ANSWER_LIMIT_BYTES])


def _answer(task: Task) -> dict[str, object]:
    try:
        return {"result": _do(task)}
    except AppError as error:
        return {"code": error.code, "params": error.params}
    except Exception as error:  # noqa: BLE001 - a broken picture makes decoders raise anything
        return {"code": None, "params": {"reason": type(error).__name__}}


def _do(task: Task) -> dict[str, object]:
    match task:
        case PrepareTask():
            return asdict(prepare_upload(task.source, task.out_dir, task.limits))
        case VerifyTask():
            return asdict(verify_result(task.source, task.out_dir, task.expected, task.limits))
        case WarmUpTask():
            return {}


def _confine(limits: ChildLimits) -> None:
    os.environ.clear()
    warnings.simplefilter("ignore")
    # The decoders' C libraries write their complaints, with parts of the file, to stderr.
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    for kind, limit in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
