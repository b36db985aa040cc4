"""The two ComfyUI workflows and the injection of a job's values into them; no string formatting.

A template is parsed JSON in ComfyUI's API format. A job may set only the inputs that
``TemplateInputs`` names, each with a value of one type; everything else stays as it was shipped.

Source: the templates are image_qwen_image_edit.json and image_qwen_image.json of the package
comfyui-workflow-templates 0.1.95 (MIT), the version that ComfyUI 0.3.64 pins, converted to the API
format. The switches and the bypassed LoRA are resolved to constants, the edit workflow draws on an
empty latent of the wanted size in place of the encoded photo, and ImageScaleToTotalPixels has
``resolution_steps``, which ComfyUI 0.8.0 requires and 0.3.64 ignores. Both versions accepted both
files for all three ratios. They need these model files on the worker:
qwen_image_edit_fp8_e4m3fn (or qwen_image_fp8_e4m3fn), qwen_2.5_vl_7b_fp8_scaled, qwen_image_vae.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, cast

from shared.domain.job import MAX_SEED, Model, Ratio
from shared.domain.workflow_check import (
    InputValue,
    Node,
    Workflow,
    check_template,
    check_workflow,
    invalid,
)

__all__ = [
    "InputValue",
    "Node",
    "Size",
    "Workflow",
    "WorkflowParams",
    "build_workflow",
    "check_workflow",
    "size_of",
    "strip_tokens",
]


@dataclass(frozen=True, slots=True)
class Size:
    """A picture's size in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class WorkflowParams:
    """What a job sets in its workflow.

    Attributes:
        prompt: the person's words; ``<|...|>`` tokens are taken out.
        seed: 0 to 2^53-1.
        ratio: the shape of the result; see ``size_of`` for its pixels.
        filename_prefix: of the saved picture; unique for the attempt, so that a warm worker can
            neither answer from its cache nor hand out another job's file.
        negative_prompt: what the picture should not show; may be empty.
        image_name: flat file name of the photo as sent in ``images``; None for text-to-image.
    """

    prompt: str
    seed: int
    ratio: Ratio
    filename_prefix: str
    negative_prompt: str = ""
    image_name: str | None = None


Pointer = tuple[str, str]
"""A node id and the name of one of its inputs."""


@dataclass(frozen=True, slots=True)
class TemplateInputs:
    """Where a template takes each value of a job."""

    prompt: Pointer
    negative_prompt: Pointer
    seed: Pointer
    width: Pointer
    height: Pointer
    filename_prefix: Pointer
    image: Pointer | None


TEMPLATE_INPUTS: Final[dict[Model, TemplateInputs]] = {
    Model.QWEN_IMAGE_EDIT: TemplateInputs(
        prompt=("76", "prompt"),
        negative_prompt=("77", "prompt"),
        seed=("3", "seed"),
        width=("112", "width"),
        height=("112", "height"),
        filename_prefix=("60", "filename_prefix"),
        image=("78", "image"),
    ),
    Model.QWEN_IMAGE: TemplateInputs(
        prompt=("6", "text"),
        negative_prompt=("7", "text"),
        seed=("3", "seed"),
        width=("58", "width"),
        height=("58", "height"),
        filename_prefix=("60", "filename_prefix"),
        image=None,
    ),
}

SIZES: Final[dict[Model, dict[Ratio, Size]]] = {
    Model.QWEN_IMAGE_EDIT: {
        Ratio.SQUARE: Size(1024, 1024),
        Ratio.TALL: Size(768, 1360),
        Ratio.WIDE: Size(1360, 768),
    },
    Model.QWEN_IMAGE: {
        Ratio.SQUARE: Size(1328, 1328),
        Ratio.TALL: Size(928, 1664),
        Ratio.WIDE: Size(1664, 928),
    },
}
"""Pixels of each shape. Source: the text-to-image row is the template's own table; the edit row is
about one megapixel in multiples of 16, because the workflow scales the photo to one megapixel."""

_TOKEN: Final = re.compile(r"<\|[^<>|]*\|>")
_IMAGE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\.png")
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def size_of(model: Model, ratio: Ratio) -> Size:
    """Return the pixels that a model draws for a shape."""
    return SIZES[model][ratio]


def strip_tokens(text: str) -> str:
    """Take every ``<|...|>`` control token out of a text, also those that appear by taking one out.

    Source: a text that starts with ``<|im_start|>`` bypasses the system prompt of Qwen's text
    encoder (ComfyUI, comfy/text_encoders/qwen_image.py).
    """
    stripped = _TOKEN.sub("", text)
    while stripped != text:
        text, stripped = stripped, _TOKEN.sub("", stripped)
    return stripped


def build_workflow(model: Model, params: WorkflowParams) -> Workflow:
    """Return the model's workflow with a job's values in it.

    Raises:
        PermanentError: ``workflow_invalid`` when a value is out of its range, or a photo is missing
            or not wanted.
    """
    _check_params(model, params)
    at = TEMPLATE_INPUTS[model]
    size = size_of(model, params.ratio)
    values: list[tuple[Pointer, InputValue]] = [
        (at.prompt, strip_tokens(params.prompt)),
        (at.negative_prompt, strip_tokens(params.negative_prompt)),
        (at.seed, params.seed),
        (at.width, size.width),
        (at.height, size.height),
        (at.filename_prefix, params.filename_prefix),
    ]
    if at.image is not None and params.image_name is not None:
        values.append((at.image, params.image_name))
    workflow = parse_template(model)
    for (node_id, name), value in values:
        workflow[node_id]["inputs"][name] = value
    check_workflow(workflow, () if params.image_name is None else (params.image_name,))
    return workflow


def parse_template(model: Model) -> Workflow:
    """Return a fresh copy of the model's template as it was shipped."""
    template: object = json.loads(_read_template(model))
    check_template(template)
    return cast("Workflow", template)


@cache
def _read_template(model: Model) -> str:
    folder = resources.files("shared.domain") / "templates"
    return (folder / f"{model.value}.json").read_text(encoding="utf-8")


def _check_params(model: Model, params: WorkflowParams) -> None:
    if not 0 <= params.seed <= MAX_SEED:
        raise invalid("seed_out_of_range")
    if _PREFIX.fullmatch(params.filename_prefix) is None:
        raise invalid("filename_prefix_unsafe")
    if model.needs_image and params.image_name is None:
        raise invalid("image_name_missing")
    if not model.needs_image and params.image_name is not None:
        raise invalid("image_name_unexpected")
    if params.image_name is not None and _IMAGE_NAME.fullmatch(params.image_name) is None:
        raise invalid("image_name_unsafe")
