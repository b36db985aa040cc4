"""What ComfyUI's `/prompt` checks before it runs a workflow, with its words.

Source: ComfyUI 0.3.64 execution.py (behaviour and messages), observed through worker-comfyui 5.8.5.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from runpod_simulator.comfy_nodes import NODE_TYPES, NodeInput
from runpod_simulator.jobs import JsonObject

LINK_LENGTH: Final = 2
LONG_LIST: Final = 20


class ComfyCrashError(Exception):
    """ComfyUI answers 500: the workflow is not even a graph."""


class InvalidPromptError(Exception):
    """ComfyUI answers 400 with this document."""

    def __init__(self, document: JsonObject) -> None:
        """Keep the document: `error` and `node_errors`."""
        super().__init__("invalid prompt")
        self.document = document


@dataclass(slots=True)
class _Check:
    valid: bool
    errors: list[JsonObject] = field(default_factory=list)


def validate_prompt(workflow: JsonValue, files: Collection[str]) -> list[str]:
    """Check a workflow against the installed nodes.

    Args:
        workflow: What came as `workflow`, of any type.
        files: The names in the input folder.

    Returns:
        The ids of the output nodes that can run.

    Raises:
        ComfyCrashError: Not a mapping of nodes.
        InvalidPromptError: Nothing in it can run.
    """
    graph = _as_graph(workflow)
    outputs = [node_id for node_id, node in graph.items() if _node_type_is_output(node_id, node)]
    if not outputs:
        raise InvalidPromptError(_refusal("prompt_no_outputs", "Prompt has no outputs", "", {}))
    return _Validator(graph, files).runnable(outputs)


def _as_graph(workflow: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(workflow, dict) or (workflow.get("nodes") and "links" in workflow):
        message = "the prompt is not a graph in API format"
        raise ComfyCrashError(message)
    return workflow


def _node_type_is_output(node_id: str, node: JsonValue) -> bool:
    if node is None or isinstance(node, bool | int | float):
        message = "argument is not iterable"
        raise ComfyCrashError(message)
    if not isinstance(node, dict) or "class_type" not in node:
        text = "Cannot execute because a node is missing the class_type property."
        raise InvalidPromptError(_refusal("invalid_prompt", text, f"Node ID '#{node_id}'", {}))
    class_type = node["class_type"]
    found = NODE_TYPES.get(class_type) if isinstance(class_type, str) else None
    if found is None:
        text = f"Cannot execute because node {class_type} does not exist."
        raise InvalidPromptError(_refusal("invalid_prompt", text, f"Node ID '#{node_id}'", {}))
    return found.is_output


def _refusal(kind: str, message: str, details: str, node_errors: JsonObject) -> JsonObject:
    error: JsonObject = {"type": kind, "message": message, "details": details, "extra_info": {}}
    return {"error": error, "node_errors": node_errors}


def _problem(kind: str, message: str, details: str, extra: Mapping[str, JsonValue]) -> JsonObject:
    return {"type": kind, "message": message, "details": details, "extra_info": dict(extra)}


class _Validator:
    """One run over a graph; a node is checked once, however many nodes point to it."""

    def __init__(self, graph: dict[str, JsonValue], files: Collection[str]) -> None:
        self._graph = graph
        self._files = files
        self._checked: dict[str, _Check] = {}

    def runnable(self, outputs: list[str]) -> list[str]:
        good: list[str] = []
        summary: list[str] = []
        node_errors: JsonObject = {}
        for output in outputs:
            check = self._check_guarded(output)
            if check.valid:
                good.append(output)
                continue
            summary += [f"{problem['message']}: {problem['details']}" for problem in check.errors]
            for node_id, found in self._checked.items():
                if not found.valid and found.errors and node_id not in node_errors:
                    node_errors[node_id] = {
                        "errors": list(found.errors),
                        "dependent_outputs": [output],
                        "class_type": self._class_type(node_id),
                    }
        if good:
            return good
        text = "Prompt outputs failed validation"
        raise InvalidPromptError(
            _refusal("prompt_outputs_failed_validation", text, "\n".join(summary), node_errors)
        )

    def _check_guarded(self, node_id: str) -> _Check:
        try:
            return self._check(node_id)
        except (KeyError, IndexError, TypeError) as error:
            problem = _problem(
                "exception_during_validation",
                "Exception when validating node",
                str(error),
                {"exception_type": type(error).__name__, "traceback": []},
            )
            self._checked[node_id] = _Check(valid=False, errors=[problem])
            return self._checked[node_id]

    def _check(self, node_id: str) -> _Check:
        if node_id in self._checked:
            return self._checked[node_id]
        node = self._graph[node_id]
        if not isinstance(node, dict):
            raise TypeError(node_id)
        inputs = node["inputs"]
        if not isinstance(inputs, dict):
            raise TypeError(inputs)
        check = _Check(valid=True)
        for name, wanted in NODE_TYPES[self._class_type(node_id)].inputs.items():
            self._check_input(check, inputs, name, wanted)
        if self._class_type(node_id) == "LoadImage":
            self._check_file(check, inputs.get("image"))
        check.valid = check.valid and not check.errors
        self._checked[node_id] = check
        return check

    def _check_input(self, check: _Check, inputs: JsonObject, name: str, wanted: NodeInput) -> None:
        if name not in inputs:
            if wanted.required:
                check.errors.append(
                    _problem(
                        "required_input_missing",
                        "Required input is missing",
                        name,
                        {"input_name": name},
                    )
                )
            return
        value = inputs[name]
        if isinstance(value, list):
            self._check_link(check, name, wanted, value)
        else:
            problem = _value_problem(name, wanted, value)
            if problem is not None:
                check.errors.append(problem)

    def _check_link(
        self, check: _Check, name: str, wanted: NodeInput, link: list[JsonValue]
    ) -> None:
        extra: JsonObject = {"input_name": name, "received_value": list(link)}
        if len(link) != LINK_LENGTH:
            text = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            check.errors.append(_problem("bad_linked_input", text, name, extra))
            return
        source, slot = link
        if not isinstance(source, str) or not isinstance(slot, int):
            raise TypeError(link)
        received = NODE_TYPES[self._class_type(source)].outputs[slot]
        if received != wanted.kind:
            text = "Return type mismatch between linked nodes"
            details = f"{name}, {received} != {wanted.kind}"
            check.errors.append(_problem("return_type_mismatch", text, details, extra))
            return
        try:
            check.valid = self._check(source).valid and check.valid
        except (KeyError, IndexError, TypeError) as error:
            check.valid = False
            problem = _problem(
                "exception_during_inner_validation",
                "Exception when validating inner node",
                str(error),
                {**extra, "exception_message": str(error), "exception_type": type(error).__name__},
            )
            self._checked[source] = _Check(valid=False, errors=[problem])

    def _check_file(self, check: _Check, name: JsonValue) -> None:
        if isinstance(name, str) and name not in self._files:
            details = f"image - Invalid image file: {name}"
            text = "Custom validation failed for node"
            extra: JsonObject = {"input_name": "image"}
            check.errors.append(_problem("custom_validation_failed", text, details, extra))

    def _class_type(self, node_id: str) -> str:
        node = self._graph[node_id]
        class_type = node["class_type"] if isinstance(node, dict) else None
        if not isinstance(class_type, str):
            raise TypeError(node_id)
        return class_type


def _value_problem(name: str, wanted: NodeInput, value: JsonValue) -> JsonObject | None:
    extra: JsonObject = {"input_name": name, "received_value": value}
    if isinstance(wanted.kind, tuple):
        if isinstance(value, str) and value in wanted.kind:
            return None
        shown = str(list(wanted.kind))
        if len(wanted.kind) > LONG_LIST:
            shown = f"(list of length {len(wanted.kind)})"
        details = f"{name}: '{value}' not in {shown}"
        return _problem("value_not_in_list", "Value not in list", details, extra)
    if wanted.kind not in {"INT", "FLOAT"}:
        return None
    try:
        number = coerce_number(wanted.kind, value)
    except (TypeError, ValueError, OverflowError) as error:
        text = f"Failed to convert an input value to a {wanted.kind} value"
        details = f"{name}, {value}, {error}"
        return _problem("invalid_input_type", text, details, extra)
    return _range_problem(name, wanted, number, extra)


def _range_problem(
    name: str, wanted: NodeInput, number: float, extra: JsonObject
) -> JsonObject | None:
    if wanted.minimum is not None and number < wanted.minimum:
        text = f"Value {number} smaller than min of {wanted.minimum}"
        return _problem("value_smaller_than_min", text, name, extra)
    if wanted.maximum is not None and number > wanted.maximum:
        text = f"Value {number} bigger than max of {wanted.maximum}"
        return _problem("value_bigger_than_max", text, name, extra)
    return None


def coerce_number(kind: str, value: JsonValue) -> float:
    """Read a number as ComfyUI does: numeric text and floats become whole numbers for INT.

    Raises:
        TypeError: Null, a list or an object.
        ValueError: Text that is no number.
    """
    if value is None or isinstance(value, list | dict):
        given = "NoneType" if value is None else type(value).__name__
        call = "int()" if kind == "INT" else "float()"
        message = (
            f"{call} argument must be a string, a bytes-like object or a real number, not '{given}'"
        )
        raise TypeError(message)
    return int(value) if kind == "INT" else float(value)
