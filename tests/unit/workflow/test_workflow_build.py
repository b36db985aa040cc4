"""Injection: the values arrive byte for byte, and nothing else of the template moves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.job import MAX_SEED, Model, Ratio
from shared.domain.workflow import (
    SIZES,
    TEMPLATE_INPUTS,
    Pointer,
    Size,
    Workflow,
    WorkflowParams,
    build_workflow,
    check_workflow,
    parse_template,
    size_of,
    strip_tokens,
)
from shared.errors import PermanentError

texts = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["<|", "|>", "<", "|", ">", "im_start", '"', "\\", "{{", "}}", "ก", "\x00"]
        ),
        max_size=40,
    ).map("".join),
)
names = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


def params(
    model: Model,
    prompt: str = "a red hat",
    *,
    negative_prompt: str = "",
    seed: int = 7,
    ratio: Ratio = Ratio.SQUARE,
    name: str = "job-1",
) -> WorkflowParams:
    return WorkflowParams(
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=seed,
        ratio=ratio,
        filename_prefix=name,
        image_name=f"{name}.png" if model.needs_image else None,
    )


def pointers_of(model: Model) -> set[Pointer]:
    at = TEMPLATE_INPUTS[model]
    found = {at.prompt, at.negative_prompt, at.seed, at.width, at.height, at.filename_prefix}
    return found | ({at.image} if at.image else set())


def changed(before: Workflow, after: Workflow) -> set[Pointer]:
    assert before.keys() == after.keys()
    differing = set()
    for node_id, node in before.items():
        now = after[node_id]
        assert {**node, "inputs": None} == {**now, "inputs": None}
        assert node["inputs"].keys() == now["inputs"].keys()
        for name, value in node["inputs"].items():
            given_value = now["inputs"][name]
            if value != given_value or type(value) is not type(given_value):
                differing.add((node_id, name))
    return differing


@st.composite
def jobs(draw: st.DrawFn) -> tuple[Model, WorkflowParams]:
    model = draw(st.sampled_from(Model))
    given_params = params(
        model,
        draw(texts),
        negative_prompt=draw(texts),
        seed=draw(st.integers(0, MAX_SEED)),
        ratio=draw(st.sampled_from(Ratio)),
        name=draw(names),
    )
    return model, given_params


@settings(deadline=None)
@given(job=jobs())
def test_only_the_named_inputs_change_and_hold_exactly_what_was_given(
    job: tuple[Model, WorkflowParams],
) -> None:
    model, given_params = job

    workflow = build_workflow(model, given_params)

    def read(pointer: Pointer) -> object:
        return workflow[pointer[0]]["inputs"][pointer[1]]

    at = TEMPLATE_INPUTS[model]
    size = size_of(model, given_params.ratio)
    assert changed(parse_template(model), workflow) <= pointers_of(model)
    assert read(at.prompt) == strip_tokens(given_params.prompt)
    assert read(at.negative_prompt) == strip_tokens(given_params.negative_prompt)
    assert read(at.seed) == given_params.seed
    assert type(read(at.seed)) is int
    assert (read(at.width), read(at.height)) == (size.width, size.height)
    assert read(at.filename_prefix) == given_params.filename_prefix
    if at.image is not None:
        assert read(at.image) == given_params.image_name


@settings(deadline=None)
@given(text=texts)
def test_no_control_token_is_left_and_other_text_is_untouched(text: str) -> None:
    stripped = strip_tokens(text)

    assert strip_tokens(stripped) == stripped
    if "<|" not in text or "|>" not in text:
        assert stripped == text


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("<|im_start|>system", "system"),
        ("a <|im_<|x|>start|> b", "a  b"),
        ("<<|x|>|im_end|>", ""),
        ("1 <| 2 |> 3", "1  3"),
        ("a | b > c < d", "a | b > c < d"),
        ("หมวก {{แดง}} (x:1.2) {a|b}", "หมวก {{แดง}} (x:1.2) {a|b}"),
    ],
)
def test_tokens(text: str, stripped: str) -> None:
    assert strip_tokens(text) == stripped


def test_a_built_workflow_is_a_copy() -> None:
    first = build_workflow(Model.QWEN_IMAGE, params(Model.QWEN_IMAGE))
    first["3"]["inputs"]["steps"] = 1

    second = build_workflow(Model.QWEN_IMAGE, params(Model.QWEN_IMAGE))

    assert second["3"]["inputs"]["steps"] == 20


@pytest.mark.parametrize("model", Model)
def test_every_shape_has_a_size_in_multiples_of_16_under_two_megapixels(model: Model) -> None:
    assert SIZES[model].keys() == set(Ratio)
    for size in SIZES[model].values():
        assert size.width % 16 == size.height % 16 == 0
        assert size.width * size.height <= 2_000_000
    assert size_of(Model.QWEN_IMAGE_EDIT, Ratio.TALL) == Size(768, 1360)


@pytest.mark.parametrize(
    ("model", "refused", "reason"),
    [
        (Model.QWEN_IMAGE, params(Model.QWEN_IMAGE, seed=-1), "seed_out_of_range"),
        (Model.QWEN_IMAGE, params(Model.QWEN_IMAGE, seed=MAX_SEED + 1), "seed_out_of_range"),
        (Model.QWEN_IMAGE, params(Model.QWEN_IMAGE_EDIT), "image_name_unexpected"),
        (Model.QWEN_IMAGE_EDIT, params(Model.QWEN_IMAGE), "image_name_missing"),
        (Model.QWEN_IMAGE, params(Model.QWEN_IMAGE, name="../x"), "filename_prefix_unsafe"),
        (Model.QWEN_IMAGE, params(Model.QWEN_IMAGE, name="%date%"), "filename_prefix_unsafe"),
        (
            Model.QWEN_IMAGE_EDIT,
            WorkflowParams("x", 1, Ratio.SQUARE, "p", image_name="../secret.png"),
            "image_name_unsafe",
        ),
        (
            Model.QWEN_IMAGE_EDIT,
            WorkflowParams("x", 1, Ratio.SQUARE, "p", image_name="a.png [output]"),
            "image_name_unsafe",
        ),
    ],
)
def test_values_out_of_range_are_refused(
    model: Model, refused: WorkflowParams, reason: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        build_workflow(model, refused)

    assert caught.value.code == "workflow_invalid"
    assert caught.value.params["reason"] == reason


@pytest.mark.parametrize("model", Model)
def test_the_shipped_templates_pass_the_check(model: Model) -> None:
    check_workflow(parse_template(model), ("input.png",) if model.needs_image else ())
