"""Shapes that ComfyUI would refuse after the worker was paid for, or that do more than ours may."""

import json
from collections.abc import Callable

import pytest

from shared.domain.job import Model, Ratio
from shared.domain.workflow import WorkflowParams, build_workflow
from shared.domain.workflow_check import check_template, check_workflow
from shared.errors import PermanentError

Tree = dict[str, dict[str, dict[str, object]]]


def good() -> Tree:
    built = build_workflow(
        Model.QWEN_IMAGE_EDIT,
        WorkflowParams("{{a hat}}", 1, Ratio.SQUARE, "job-1", image_name="job-1.png"),
    )
    tree: Tree = json.loads(json.dumps(built))
    return tree


def change(node: str, name: str, value: object) -> Callable[[Tree], object]:
    def apply(tree: Tree) -> object:
        tree[node]["inputs"][name] = value
        return tree

    return apply


def second_save(tree: Tree) -> object:
    tree["61"] = tree["60"]
    return tree


def without(node: str, key: str) -> Callable[[Tree], object]:
    def apply(tree: Tree) -> object:
        del tree[node][key]
        return tree

    return apply


def with_class(node: str, class_type: str) -> Callable[[Tree], object]:
    return lambda tree: {**tree, node: {**tree[node], "class_type": class_type}}


BROKEN: list[tuple[str, Callable[[Tree], object]]] = [
    ("not_api_format", lambda _: {}),
    ("not_api_format", lambda _: "{}"),
    ("not_api_format", lambda _: None),
    ("not_api_format", lambda tree: [tree]),
    ("not_api_format", lambda tree: {"prompt": tree}),
    ("not_api_format", lambda _: {"nodes": [], "links": []}),
    ("not_api_format", lambda tree: {**tree, "nodes": []}),
    ("not_api_format", lambda tree: {**tree, "9": "text"}),
    ("not_api_format", without("3", "class_type")),
    ("not_api_format", without("3", "inputs")),
    ("not_api_format", lambda tree: {**tree, "3": {"class_type": 5, "inputs": {}}}),
    ("not_exactly_one_save_image", second_save),
    ("not_exactly_one_save_image", with_class("60", "PreviewImage")),
    ("node_class_not_allowed", with_class("66", "LoadImageFromUrl")),
    ("link_dangling", change("3", "model", ["999", 0])),
    ("link_malformed", change("3", "model", ["75", "0"])),
    ("link_malformed", change("3", "model", ["75", -1])),
    ("link_malformed", change("3", "model", ["75"])),
    ("link_malformed", change("3", "model", [75, 0])),
    ("input_not_a_scalar", change("76", "prompt", None)),
    ("input_not_a_scalar", change("76", "prompt", {"a": 1})),
    ("placeholder_left", change("60", "filename_prefix", "{{prefix}}")),
    ("image_names_differ", change("78", "image", "other.png")),
    ("image_names_differ", change("78", "image", ["60", 0])),
]


@pytest.mark.parametrize(
    ("reason", "broken"), BROKEN, ids=[f"{n}-{reason}" for n, (reason, _) in enumerate(BROKEN)]
)
def test_a_broken_workflow_is_refused(reason: str, broken: Callable[[Tree], object]) -> None:
    with pytest.raises(PermanentError) as caught:
        check_workflow(broken(good()), ("job-1.png",))

    assert caught.value.params == {"reason": reason}


def test_a_persons_own_braces_are_no_placeholder() -> None:
    check_workflow(good(), ("job-1.png",))


def test_a_photo_that_no_node_loads_is_refused() -> None:
    with pytest.raises(PermanentError):
        check_workflow(good(), ("job-1.png", "more.png"))


def test_a_template_with_a_placeholder_is_refused() -> None:
    with pytest.raises(PermanentError) as caught:
        check_template(change("76", "prompt", "{{prompt}}")(good()))

    assert caught.value.params == {"reason": "placeholder_left"}
