"""worker-comfyui: what it accepts, its words when it does not, and what stays on a worker."""

import base64
import io
import json
from collections.abc import Callable

import pytest
from PIL import Image
from pydantic import JsonValue

from runpod_simulator.comfy_run import (
    HandlerCrash,
    HandlerError,
    HandlerResult,
    Pictures,
    run_job,
)
from runpod_simulator.container import Container
from runpod_simulator.jobs import JsonObject
from runpod_simulator.testing import draw_workflow, edit_workflow, input_of

Workflow = dict[str, JsonObject]


def a_picture(colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return buffer.getvalue()


def run(
    given: JsonValue, container: Container | None = None, *, racing: bool = False
) -> HandlerResult:
    return run_job(json.dumps(given).encode(), container or Container(), racing=racing)


def error_of(result: HandlerResult) -> HandlerError:
    assert isinstance(result, HandlerError), result
    return result


def names_of(result: HandlerResult) -> list[str]:
    assert isinstance(result, Pictures), result
    return [picture.filename for picture in result.pictures]


def with_input(workflow: Workflow, node: str, name: str, value: JsonValue) -> Workflow:
    inputs = workflow[node]["inputs"]
    assert isinstance(inputs, dict)
    return {**workflow, node: {**workflow[node], "inputs": {**inputs, name: value}}}


def without_input(workflow: Workflow, node: str, name: str) -> Workflow:
    inputs = workflow[node]["inputs"]
    assert isinstance(inputs, dict)
    kept: JsonObject = {key: value for key, value in inputs.items() if key != name}
    return {**workflow, node: {**workflow[node], "inputs": kept}}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (None, "Please provide input"),
        ("{no json", "Invalid JSON format in input"),
        ({}, "Missing 'workflow' parameter"),
        ({"workflow": None}, "Missing 'workflow' parameter"),
        ({"prompt": {}}, "Missing 'workflow' parameter"),
        (
            {"workflow": {}, "images": {"name": "a", "image": "b"}},
            "'images' must be a list of objects with 'name' and 'image' keys",
        ),
        (
            {"workflow": {}, "images": [{"name": "a"}]},
            "'images' must be a list of objects with 'name' and 'image' keys",
        ),
        (
            {"workflow": {}, "images": ["picture.png"]},
            "'images' must be a list of objects with 'name' and 'image' keys",
        ),
    ],
)
def test_input_is_refused_in_the_worker_s_words(given: JsonValue, text: str) -> None:
    assert run(given) == HandlerError(text)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([], "'list' object has no attribute 'get'"),
        (5, "'int' object has no attribute 'get'"),
        ({"workflow": {}, "images": ["name and image"]}, "'str' object has no attribute 'get'"),
    ],
)
def test_input_of_a_wrong_type_crashes_the_handler(given: JsonValue, text: str) -> None:
    assert run(given) == HandlerCrash("<class 'AttributeError'>", text)


def test_input_may_be_a_json_text() -> None:
    assert names_of(run(json.dumps(input_of(draw_workflow())))) == ["ob_00001_.png"]


@pytest.mark.parametrize(
    ("name", "image", "detail"),
    [
        ("a.png", "abc", "Error decoding base64 for a.png: Incorrect padding"),
        ("a.png", "http://x/yz.png", "Error decoding base64 for a.png: "),
        (
            "a.png",
            None,
            "Unexpected error uploading a.png: argument of type 'NoneType' is not iterable",
        ),
        ("../a.png", "QUJD", "Error uploading ../a.png: 400 Client Error: Bad Request for url: "),
        ("sub/a.png", "QUJD", "Error uploading sub/a.png: 500 Server Error: "),
    ],
)
def test_a_bad_upload_is_refused(name: str, image: JsonValue, detail: str) -> None:
    result = error_of(run({"workflow": {}, "images": [{"name": name, "image": image}]}))
    assert result.error == "Failed to upload one or more input images"
    assert result.details[0].startswith(detail)


@pytest.mark.parametrize("workflow", ["text", [], {"nodes": [{"id": 1}], "links": []}, {"1": 5}])
def test_what_is_no_graph_breaks_comfyui(workflow: JsonValue) -> None:
    assert error_of(run({"workflow": workflow})).error == (
        "Error queuing workflow: 500 Server Error: Internal Server Error for url: "
        "http://127.0.0.1:8188/prompt"
    )


@pytest.mark.parametrize(
    ("workflow", "start"),
    [
        ({}, "Prompt has no outputs. Raw response: {"),
        (
            {"1": {"class_type": "VAELoader", "inputs": {}}},
            "Prompt has no outputs. Raw response: {",
        ),
        (
            {"prompt": draw_workflow()},
            "Cannot execute because a node is missing the class_type property.. Raw response: {",
        ),
        (
            {"nodes": [], "links": []},
            "Cannot execute because a node is missing the class_type property.. Raw response: {",
        ),
        (
            {"1": {"class_type": "Teleporter", "inputs": {}}},
            "Cannot execute because node Teleporter does not exist.. Raw response: {",
        ),
    ],
)
def test_a_graph_that_cannot_be_read(workflow: JsonValue, start: str) -> None:
    assert error_of(run({"workflow": workflow})).error.startswith(start)


VALUE_PROBLEMS: list[tuple[Callable[[Workflow], Workflow], str, str]] = [
    (lambda w: without_input(w, "3", "steps"), "3", "required_input_missing"),
    (lambda w: with_input(w, "37", "unet_name", "other.safetensors"), "37", "value_not_in_list"),
    (lambda w: with_input(w, "3", "sampler_name", "magic"), "3", "value_not_in_list"),
    (lambda w: with_input(w, "3", "seed", -1), "3", "value_smaller_than_min"),
    (lambda w: with_input(w, "3", "seed", 2**64), "3", "value_bigger_than_max"),
    (lambda w: with_input(w, "58", "width", 8), "58", "value_smaller_than_min"),
    (lambda w: with_input(w, "3", "seed", None), "3", "invalid_input_type"),
    (lambda w: with_input(w, "3", "seed", "many"), "3", "invalid_input_type"),
    (lambda w: with_input(w, "78", "image", "absent.png"), "78", "custom_validation_failed"),
    (lambda w: with_input(w, "78", "image", "in.png [output]"), "78", "custom_validation_failed"),
    (lambda w: with_input(w, "60", "images", ["99", 0]), "60", "exception_during_validation"),
    (lambda w: with_input(w, "8", "samples", ["99", 0]), "8", "exception_during_inner_validation"),
    (lambda w: with_input(w, "8", "samples", ["3"]), "8", "bad_linked_input"),
    (lambda w: with_input(w, "8", "samples", ["37", 0]), "8", "return_type_mismatch"),
]


@pytest.mark.parametrize(("change", "node", "kind"), VALUE_PROBLEMS)
def test_problems_of_values_and_links(
    change: Callable[[Workflow], Workflow], node: str, kind: str
) -> None:
    workflow = change(edit_workflow())
    lines = error_of(run(input_of(workflow, {"in.png": a_picture()}))).error.splitlines()
    assert lines[0] == "Workflow validation failed:"
    assert lines[1].startswith(f"• Node {node} (errors): [{{'type': '{kind}', 'message': ")


def test_numbers_are_coerced_and_extra_inputs_ignored() -> None:
    workflow = with_input(draw_workflow(), "3", "seed", "7")
    workflow = with_input(workflow, "3", "steps", 20.0)
    workflow = with_input(workflow, "3", "surplus", "x")
    assert names_of(run(input_of(workflow))) == ["ob_00001_.png"]


def test_a_valid_output_runs_although_another_is_invalid() -> None:
    workflow = draw_workflow()
    workflow["61"] = {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}}
    assert names_of(run(input_of(workflow))) == ["ob_00001_.png"]


def test_a_preview_gives_no_pictures() -> None:
    workflow = draw_workflow()
    workflow["60"] = {"class_type": "PreviewImage", "inputs": {"images": ["8", 0]}}
    assert run(input_of(workflow)) == Pictures(())


@pytest.mark.parametrize("racing", [False, True])
def test_a_corrupt_picture_fails_when_it_is_loaded(*, racing: bool) -> None:
    result = error_of(run(input_of(edit_workflow(), {"in.png": b"no picture"}), racing=racing))
    expected = "Job processing failed"
    assert result.error == (f"{expected}, prompt ID not found in history." if racing else expected)
    start = "Workflow execution error: Node Type: LoadImage, Node ID: 78, Message: "
    assert result.details[0].startswith(start)


def test_a_truncated_picture_fails_when_it_is_loaded() -> None:
    data = a_picture()[:60]
    assert error_of(run(input_of(edit_workflow(), {"in.png": data}))).details


def test_old_uploads_stay_on_the_worker_and_names_count_per_prefix() -> None:
    container = Container()
    assert names_of(run(input_of(edit_workflow(), {"in.png": a_picture()}), container)) == [
        "ob_00001_.png"
    ]
    assert names_of(run(input_of(edit_workflow()), container)) == ["ob_00002_.png"]
    assert names_of(run(input_of(edit_workflow(prefix="b")), container)) == ["b_00001_.png"]
    assert error_of(run(input_of(edit_workflow()), Container())).error


def test_a_data_uri_and_a_name_with_spaces_are_fine() -> None:
    name = "รูป ของฉัน.jpg"
    image = "data:image/png;base64," + base64.b64encode(a_picture()).decode()
    given: JsonObject = {
        "workflow": dict(edit_workflow(image_name=name)),
        "images": [{"name": name, "image": image}],
    }
    assert names_of(run(given)) == ["ob_00001_.png"]
