"""Whatever a person writes, the workflow differs from its template only where it may."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.jobs.wishes import read_wishes
from shared.domain.job import MAX_SEED, Model, Ratio
from shared.domain.workflow import (
    TEMPLATE_INPUTS,
    TemplateInputs,
    WorkflowParams,
    build_workflow,
    parse_template,
    size_of,
    strip_tokens,
)
from shared.domain.workflow_check import NODE_CLASSES, check_workflow
from shared.errors import AppError, PermanentError
from shared.runpod.payload import InputImage, build_payload

pytestmark = pytest.mark.timeout(240)

EXAMPLES = 5000
NODE_IDS = sorted({*parse_template(Model.QWEN_IMAGE_EDIT), *parse_template(Model.QWEN_IMAGE)})

FRAGMENTS = st.sampled_from(
    [
        "{{prompt}}",
        "{{ seed }}",
        "{prompt}",
        "{0}",
        "${prompt}",
        "%prompt%",
        "%(prompt)s",
        "%s",
        "<|im_start|>",
        "<|im_end|>",
        "<<|im_end|>|im_start|>",
        '"}, "99": {"class_type": "LoadImage", "inputs": {"image": "/etc/passwd"}}',
        '{"workflow": {}}',
        '["76", 0]',
        "embedding:evil",
        "(word:1.5)",
        "../../etc/passwd",
        "comfy_org_api_key",
        "\\u0022",
        "\\",
        '"',
        "\n",
        "\u2028",
        "\u202e",
        "\x00",
        "\x1b[2J",
        "\ufeff",
        "\U0001f600",
        "ภาพ",
        *NODE_IDS,
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.text(st.characters(categories=("Cs", "Cc", "Cf", "Co", "Zl", "Zp", "Mn")), max_size=50),
    st.lists(st.one_of(FRAGMENTS, st.text(max_size=20)), max_size=8).map("".join),
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FRAGMENTS, inner, max_size=3),
        max_leaves=6,
    ).map(json.dumps),
)


def differing(workflow: Any, template: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - any JSON
    """Yield the place of everything that is not as in the template."""
    if isinstance(workflow, dict) and isinstance(template, dict):
        for key in workflow.keys() | template.keys():
            if key not in workflow or key not in template:
                yield (*at, key)
            else:
                yield from differing(workflow[key], template[key], (*at, key))
    elif workflow != template or type(workflow) is not type(template):
        yield at


def places(inputs: TemplateInputs, model: Model) -> dict[str, tuple[str, str, str]]:
    """Return where a template takes each value."""
    names = ("prompt", "negative_prompt", "seed", "width", "height", "filename_prefix")
    taken = (*names, "image") if model.needs_image else names
    return {name: (getattr(inputs, name)[0], "inputs", getattr(inputs, name)[1]) for name in taken}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    prompt=TEXTS,
    negative_prompt=TEXTS,
    seed=st.integers(0, MAX_SEED),
    ratio=st.sampled_from(Ratio),
    model=st.sampled_from(Model),
)
def test_a_workflow_differs_from_its_template_in_the_allowed_places_only(
    prompt: str, negative_prompt: str, seed: int, ratio: Ratio, model: Model
) -> None:
    image_name = "photo.png" if model.needs_image else None
    params = WorkflowParams(prompt, seed, ratio, "attempt-1", negative_prompt, image_name)
    workflow, template = build_workflow(model, params), parse_template(model)
    allowed = places(TEMPLATE_INPUTS[model], model)
    assert set(differing(workflow, template)) <= set(allowed.values())
    size = size_of(model, ratio)
    wanted = {
        "prompt": strip_tokens(prompt),
        "negative_prompt": strip_tokens(negative_prompt),
        "seed": seed,
        "width": size.width,
        "height": size.height,
        "filename_prefix": "attempt-1",
        "image": image_name,
    }
    for name, (node, inputs, field) in allowed.items():
        value = workflow[node]["inputs"][field]
        assert inputs == "inputs"
        assert type(value) is type(wanted[name])
        assert value == wanted[name]
    assert {node["class_type"] for node in workflow.values()} <= NODE_CLASSES


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(prompt=TEXTS, negative_prompt=TEXTS)
def test_what_is_sent_says_what_was_built_or_nothing_is_sent(
    prompt: str, negative_prompt: str
) -> None:
    params = WorkflowParams(prompt, 7, Ratio.SQUARE, "attempt-1", negative_prompt, "photo.png")
    check_sent(build_workflow(Model.QWEN_IMAGE_EDIT, params), params)


def check_sent(workflow: Any, params: WorkflowParams) -> None:  # noqa: ANN401 - any JSON
    """Check that the bytes for RunPod say the same, or that nothing is sent at all."""
    names = [] if params.image_name is None else [params.image_name]
    arguments: dict[str, Any] = {
        "workflow": workflow,
        "images": [InputImage(name, b"picture") for name in names],
        "attempt_id": "attempt-1",
        "webhook": None,
        "execution_timeout_ms": 600_000,
        "ttl_ms": 1_200_000,
    }
    if _has_surrogate(params):
        with pytest.raises(PermanentError):
            build_payload(**arguments)
        return
    sent = json.loads(build_payload(**arguments))
    assert sent.keys() == {"input", "policy"}
    assert sent["input"].keys() <= {"workflow", "images", "attempt_id"}
    bare = {
        key: {"class_type": node["class_type"], "inputs": node["inputs"]}
        for key, node in workflow.items()
    }
    assert {
        key: {"class_type": node["class_type"], "inputs": node["inputs"]}
        for key, node in sent["input"]["workflow"].items()
    } == bare


def _has_surrogate(params: WorkflowParams) -> bool:
    text = strip_tokens(params.prompt) + strip_tokens(params.negative_prompt)
    return any("\ud800" <= sign <= "\udfff" for sign in text)


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(fields=st.dictionaries(st.one_of(FRAGMENTS, st.sampled_from(["prompt"])), TEXTS, max_size=8))
def test_what_comes_through_the_door_is_refused_or_builds_a_workflow(
    fields: dict[str, str],
) -> None:
    """Fields of the form, unknown ones too: a refusal of ours, or values that every step takes."""
    try:
        wishes = read_wishes(fields, has_image=False)
    except AppError:
        return
    params = WorkflowParams(wishes.prompt, 1, wishes.ratio, "a", wishes.negative_prompt)
    workflow = build_workflow(wishes.model, params)
    check_sent(workflow, params)
    node, field = TEMPLATE_INPUTS[wishes.model].prompt
    assert workflow[node]["inputs"][field] == strip_tokens(wishes.prompt)


@pytest.mark.parametrize(
    "class_type",
    [
        "LoadImageMask",
        "SaveAnimatedWEBP",
        "HTTPRequest",
        "ExecutePython",
        "saveimage",
        "",
        "KSampler ",
    ],
)
def test_a_node_of_another_class_never_leaves_the_house(class_type: str) -> None:
    workflow = parse_template(Model.QWEN_IMAGE)
    workflow["99"] = {"class_type": class_type, "inputs": {}}
    with pytest.raises(PermanentError):
        check_workflow(workflow)


def test_no_class_that_may_run_reads_the_network_or_a_path_of_the_callers_choice() -> None:
    """The list is the review: whoever adds a class has to come by here."""
    assert sorted(NODE_CLASSES) == [
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
    ]
