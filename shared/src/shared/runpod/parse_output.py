"""From the ``output`` of a job to its pictures or its progress; pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from shared.runpod.answers import OutputImage, OutputKind, Progress

_BASE64_HEAD: Final = re.compile(r"[A-Za-z0-9+/]{16,64}={0,2}")
_HEAD_CHARACTERS: Final = 64
_STEPS: Final = re.compile(r"(\d{1,6})\s*(?:/|of)\s*(\d{1,6})")
_PERCENT: Final = re.compile(r"(\d{1,3})(?:\.\d+)?\s*%")
_TEXT_CHARACTERS: Final = 200
_HUNDRED: Final = 100
_MOST: Final = 2**31 - 1
"""Steps, percents and milliseconds that a job can have; the tables hold no larger ones."""


def parse_images(output: object, filename_prefix: str | None = None) -> tuple[OutputImage, ...]:
    """Return the usable pictures of an output, ours only when a prefix is given.

    Source: worker-comfyui from 5.0.0 answers ``images``, older ones ``message``. A picture without
    a file name counts as ours. Without S3 settings a worker calls a local path an ``s3_url``.
    """
    return tuple(
        image
        for image in _read_images(output)
        if filename_prefix is None or not image.filename or _is_ours(image, filename_prefix)
    )


def parse_progress(output: object) -> Progress | None:
    """Return the progress in the output of a running job, or None.

    Source: the shape is the handler's choice; ``{"progress": "4/10"}`` and plain texts were seen.
    """
    if isinstance(output, Mapping):
        step, steps = _number(output, "step", "value"), _number(output, "steps", "max")
        stated = _progress(step, steps, _number(output, "percent"))
        return stated or parse_progress(output.get("progress"))
    if isinstance(output, str):
        return _read_progress(output[:_TEXT_CHARACTERS])
    if isinstance(output, int | float) and not isinstance(output, bool):
        return _progress(None, None, read_whole(output * _HUNDRED if 0 < output < 1 else output))
    return None


def read_whole(value: object) -> int | None:
    """Return a number that can be a count, cut to whole, or None: the worker may send anything."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        return None
    return int(value)


def _read_progress(text: str) -> Progress | None:
    if found := _STEPS.search(text):
        return _progress(int(found[1]), int(found[2]), None)
    if found := _PERCENT.search(text):
        return _progress(None, None, int(found[1]))
    return None


def _read_images(output: object) -> Iterator[OutputImage]:
    if isinstance(output, str):
        output = {"message": output}
    if not isinstance(output, Mapping):
        return
    listed = output.get("images")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, Mapping):
            yield from _read_image(item.get("filename"), item.get("data"), item.get("type"))
    if not listed:
        yield from _read_image(None, output.get("message"), None)


def _read_image(filename: object, data: object, kind: object) -> Iterator[OutputImage]:
    if not isinstance(data, str):
        return
    name = filename[:255] if isinstance(filename, str) else ""
    if data.startswith(("https://", "http://")):
        yield OutputImage(name, OutputKind.URL, data)
    elif kind != OutputKind.URL and _looks_encoded(data):
        yield OutputImage(name, OutputKind.BASE64, data)


def _looks_encoded(data: str) -> bool:
    if data.startswith("data:"):
        head = data.partition(",")[2][:_HEAD_CHARACTERS]
    else:
        head = data[:_HEAD_CHARACTERS]
    return _BASE64_HEAD.fullmatch(head) is not None


def _is_ours(image: OutputImage, filename_prefix: str) -> bool:
    return image.filename.startswith(filename_prefix)


def _number(output: Mapping[object, object], *names: str) -> int | None:
    for name in names:
        if (value := read_whole(output.get(name))) is not None:
            return value
    return None


def _progress(step: int | None, steps: int | None, percent: int | None) -> Progress | None:
    if steps is not None and steps <= 0:
        step = steps = None
    if step is not None and steps is not None:
        step = min(max(step, 0), steps)
        if percent is None:
            percent = step * _HUNDRED // steps
    if percent is not None:
        percent = min(max(percent, 0), _HUNDRED)
    if step is None and percent is None:
        return None
    return Progress(step, steps, percent)
