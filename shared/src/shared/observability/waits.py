"""What a task waits for, to be told when it waits for ever."""

import asyncio
from pathlib import Path
from types import FrameType
from typing import Any


def waits_at(task: asyncio.Task[Any]) -> str:
    """Return a task's name and the places it is suspended at, the outermost first.

    `Task.get_stack` gives the outermost alone.
    """
    places = []
    step: Any = task.get_coro()
    while step is not None:
        frame: FrameType | None = _of("frame", step)
        if frame is not None:
            code = frame.f_code
            places.append(f"{Path(code.co_filename).name}:{frame.f_lineno} {code.co_name}")
        step = _of("await", step)
    return f"{task.get_name()}: {' > '.join(places)}"


def _of(what: str, step: object) -> Any:  # noqa: ANN401 - of coroutines and both kinds of generators
    names = [f"cr_{what}", f"ag_{what}", "gi_frame" if what == "frame" else "gi_yieldfrom"]
    return next((found for name in names if (found := getattr(step, name, None))), None)
