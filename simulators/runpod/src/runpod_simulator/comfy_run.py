"""worker-comfyui's handler: from `input` to pictures or to an error in its own words.

Source: worker-comfyui 5.8.5 handler.py (order of the steps, texts), observed answers.
"""

import base64
import binascii
import json
import posixpath
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from runpod_simulator.comfy_graph import Drawing, is_saving, read_drawing
from runpod_simulator.comfy_validation import (
    ComfyCrashError,
    InvalidPromptError,
    validate_prompt,
)
from runpod_simulator.container import Container
from runpod_simulator.jobs import JsonObject
from runpod_simulator.pictures import UnreadablePictureError, paint

COMFY: Final = "http://127.0.0.1:8188"
NO_INPUT: Final = "Please provide input"
BAD_JSON: Final = "Invalid JSON format in input"
NO_WORKFLOW: Final = "Missing 'workflow' parameter"
BAD_IMAGES: Final = "'images' must be a list of objects with 'name' and 'image' keys"


@dataclass(frozen=True, slots=True)
class Picture:
    """One saved picture: its name in the output folder and its PNG bytes."""

    filename: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Pictures:
    """The handler made pictures; none means only temporary ones."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class HandlerError:
    """The handler returned `{"error": .., "details": ..}`."""

    error: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HandlerCrash:
    """The handler raised something it does not catch."""

    error_type: str
    error_message: str


HandlerResult = Pictures | HandlerError | HandlerCrash


class _ReturnedError(Exception):
    def __init__(self, error: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(error)
        self.result = HandlerError(error, details)


class _CrashedError(Exception):
    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.result = HandlerCrash(error_type, message)


def run_job(job_input: bytes, container: Container, *, racing: bool) -> HandlerResult:
    """Run one job in a worker's container. Blocks; belongs in a thread.

    Args:
        job_input: The `input` of the job as JSON text.
        container: The files of the worker.
        racing: Lose the race for the history when a node fails, which changes the error text.
    """
    try:
        workflow, images = _validate_input(json.loads(job_input))
        _upload(images, container)
        return _execute(workflow, container, racing=racing)
    except (_ReturnedError, _CrashedError) as error:
        return error.result


def _validate_input(given: JsonValue) -> tuple[JsonValue, list[JsonObject]]:
    if given is None:
        raise _ReturnedError(NO_INPUT)
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            raise _ReturnedError(BAD_JSON) from None
    if not isinstance(given, dict):
        raise _no_attribute(given, "get")
    workflow = given.get("workflow")
    if workflow is None:
        raise _ReturnedError(NO_WORKFLOW)
    images = given.get("images")
    return workflow, [] if images is None else list(_image_items(images))


def _image_items(images: JsonValue) -> Iterator[JsonObject]:
    if not isinstance(images, list):
        raise _ReturnedError(BAD_IMAGES)
    for item in images:
        if not isinstance(item, dict | str | list):
            raise _not_iterable(item)
        if "name" not in item or "image" not in item:
            raise _ReturnedError(BAD_IMAGES)
    for item in images:
        if not isinstance(item, dict):
            raise _no_attribute(item, "get")
        yield item


def _no_attribute(value: JsonValue, name: str) -> _CrashedError:
    text = f"'{type(value).__name__}' object has no attribute '{name}'"
    return _CrashedError("<class 'AttributeError'>", text)


def _not_iterable(value: JsonValue) -> _CrashedError:
    text = f"argument of type '{type(value).__name__}' is not iterable"
    return _CrashedError("<class 'TypeError'>", text)


def _upload(images: list[JsonObject], container: Container) -> None:
    errors = [error for item in images if (error := _upload_one(item, container)) is not None]
    if errors:
        text = "Failed to upload one or more input images"
        raise _ReturnedError(text, tuple(errors))


def _upload_one(item: JsonObject, container: Container) -> str | None:
    name, text = item["name"], item["image"]
    if not isinstance(text, str):
        given = type(text).__name__
        return f"Unexpected error uploading {name}: argument of type '{given}' is not iterable"
    try:
        data = base64.b64decode(text.partition(",")[2] if "," in text else text)
    except binascii.Error as error:
        return f"Error decoding base64 for {name}: {error}"
    except ValueError as error:
        return f"Unexpected error uploading {name}: {error}"
    url = f"{COMFY}/upload/image"
    if not isinstance(name, str) or not name or _escapes(name):
        return f"Error uploading {name}: 400 Client Error: Bad Request for url: {url}"
    if "/" in name:
        return f"Error uploading {name}: 500 Server Error: Internal Server Error for url: {url}"
    container.upload(name, data)
    return None


def _escapes(name: str) -> bool:
    return posixpath.normpath(name).startswith(("..", "/"))


def _execute(workflow: JsonValue, container: Container, *, racing: bool) -> HandlerResult:
    files = container.inputs()
    try:
        outputs = validate_prompt(workflow, files)
    except ComfyCrashError:
        text = f"500 Server Error: Internal Server Error for url: {COMFY}/prompt"
        return HandlerError(f"Error queuing workflow: {text}")
    except InvalidPromptError as error:
        return HandlerError(_validation_text(error.document))
    pictures: list[Picture] = []
    for output in outputs:
        drawing = read_drawing(workflow, output)
        try:
            png = _paint(drawing, files)
        except UnreadablePictureError as error:
            return _node_failed(
                "LoadImage", drawing.loader[0] if drawing.loader else "", error, racing=racing
            )
        if is_saving(workflow, output):
            pictures.append(Picture(container.next_filename(drawing.filename_prefix), png))
    return Pictures(tuple(pictures))


def _paint(drawing: Drawing, files: Mapping[str, bytes]) -> bytes:
    return paint(
        prompt=drawing.prompt,
        negative_prompt=drawing.negative_prompt,
        seed=drawing.seed,
        size=drawing.size,
        input_image=None if drawing.loader is None else files[drawing.loader[1]],
        inverted=drawing.inverted,
    )


def _node_failed(node_type: str, node_id: str, error: Exception, *, racing: bool) -> HandlerError:
    detail = f"Node Type: {node_type}, Node ID: {node_id}, Message: {error}"
    details = [f"Workflow execution error: {detail}"]
    if not racing:
        return HandlerError("Job processing failed", tuple(details))
    details.append(f"Prompt ID {uuid.uuid4()} not found in history after execution.")
    return HandlerError("Job processing failed, prompt ID not found in history.", tuple(details))


def _validation_text(document: JsonObject) -> str:
    """Word a 400 of ComfyUI as the worker does."""
    error, node_errors = document["error"], document["node_errors"]
    message = "Workflow validation failed"
    if isinstance(error, dict) and error.get("type") != "prompt_outputs_failed_validation":
        message = str(error.get("message", message))
    bullets = [
        f"• Node {node_id} ({name}): {value}"
        for node_id, found in (node_errors.items() if isinstance(node_errors, dict) else ())
        if isinstance(found, dict)
        for name, value in found.items()
    ]
    if bullets:
        return "\n".join([f"{message}:", *bullets])
    return f"{message}. Raw response: {json.dumps(document)}"
