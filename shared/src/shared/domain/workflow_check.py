"""The shape that a workflow must have before it leaves the house; each rule is a rejection avoided.

Source: ComfyUI's POST /prompt and worker-comfyui 5.8.5 refuse every shape refused here, but only
after the job has been queued and a worker paid for.
"""

from collections.abc import Collection, Iterator
from typing import Final, TypedDict, TypeGuard

from shared.errors import PermanentError

InputValue = str | int | float | bool | None | list[str | int]
"""A scalar, or a link ``[node id, output index]``; ComfyUI reads every two-element list as one."""


class Node(TypedDict):
    """One node of ComfyUI's API format."""

    class_type: str
    inputs: dict[str, InputValue]


Workflow = dict[str, Node]

NODE_CLASSES: Final = frozenset(
    {
        "CFGNorm",
        "CLIPLoader",
        "CLIPTextEncode",
        "EmptySD3LatentImage",
        "ImageScaleToTotalPixels",
        "KSampler",
        "LoadImage",
        "ModelSamplingAuraFlow",
        "SaveImage",
        "TextEncodeQwenImageEdit",
        "UNETLoader",
        "VAEDecode",
        "VAELoader",
    }
)
"""The only node classes that may run; none reads the network or a path of the caller's choice."""

USER_TEXT: Final = frozenset({("TextEncodeQwenImageEdit", "prompt"), ("CLIPTextEncode", "text")})
"""Inputs that hold a person's words, where ``{{`` is theirs and no placeholder of ours."""

_PLACEHOLDER: Final = "{{"
_LINK_LENGTH: Final = 2


def invalid(reason: str) -> PermanentError:
    """Return the error that names what is wrong with a workflow."""
    return PermanentError("workflow_invalid", reason=reason)


def check_workflow(workflow: object, image_names: Collection[str] = ()) -> None:
    """Refuse a workflow that ComfyUI would refuse, or that would do more than ours may.

    Args:
        workflow: a parsed workflow, of any shape.
        image_names: the names under ``input.images``; the LoadImage nodes must use exactly these.

    Raises:
        PermanentError: ``workflow_invalid`` with the reason.
    """
    if not _is_api_format(workflow):
        raise invalid("not_api_format")
    if sum(node["class_type"] == "SaveImage" for node in workflow.values()) != 1:
        raise invalid("not_exactly_one_save_image")
    for node in workflow.values():
        if node["class_type"] not in NODE_CLASSES:
            raise invalid("node_class_not_allowed")
    _check_inputs(workflow)
    loaded = [
        node["inputs"].get("image")
        for node in workflow.values()
        if node["class_type"] == "LoadImage"
    ]
    if not all(isinstance(name, str) for name in loaded) or set(loaded) != set(image_names):
        raise invalid("image_names_differ")


def check_template(template: object) -> None:
    """Refuse a template that is no API-format workflow or still has a placeholder in it.

    Raises:
        PermanentError: ``workflow_invalid`` with the reason.
    """
    if not _is_api_format(template):
        raise invalid("not_api_format")
    if any(_has_placeholder(value) for _, _, value in _inputs(template)):
        raise invalid("placeholder_left")


def _is_api_format(value: object) -> TypeGuard[Workflow]:
    if not isinstance(value, dict) or not value or {"nodes", "links"} & value.keys():
        return False
    return all(isinstance(key, str) and _is_node(node) for key, node in value.items())


def _is_node(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("class_type"), str)
        and isinstance(value.get("inputs"), dict)
        and all(isinstance(name, str) for name in value["inputs"])
    )


def _inputs(workflow: Workflow) -> Iterator[tuple[str, str, object]]:
    for node in workflow.values():
        for name, value in node["inputs"].items():
            yield node["class_type"], name, value


def _has_placeholder(value: object) -> bool:
    return isinstance(value, str) and _PLACEHOLDER in value


def _check_inputs(workflow: Workflow) -> None:
    for class_type, name, value in _inputs(workflow):
        if isinstance(value, list):
            _check_link(workflow, value)
        elif not isinstance(value, str | int | float):
            # ComfyUI turns a null text into the word "None" and draws that.
            raise invalid("input_not_a_scalar")
        elif (class_type, name) not in USER_TEXT and _has_placeholder(value):
            raise invalid("placeholder_left")


def _check_link(workflow: Workflow, value: list[object]) -> None:
    if len(value) != _LINK_LENGTH:
        raise invalid("link_malformed")
    target, output = value
    if not isinstance(target, str) or type(output) is not int or output < 0:
        raise invalid("link_malformed")
    if target not in workflow:
        raise invalid("link_dangling")
