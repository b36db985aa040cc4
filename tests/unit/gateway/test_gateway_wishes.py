"""The fields of a form."""

import hashlib
import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.jobs.wishes import JobWishes, read_idempotency_key, read_wishes
from shared.domain.job import MAX_SEED, Model, Ratio
from shared.errors import InvalidInput


def test_defaults_follow_from_the_picture() -> None:
    words = read_wishes({"prompt": "a"}, has_image=False)
    assert words == JobWishes("a", "", Model.QWEN_IMAGE, Ratio.SQUARE, None)
    assert read_wishes({"prompt": "a"}, has_image=True).model is Model.QWEN_IMAGE_EDIT


@given(st.text(max_size=1200))
def test_any_text_is_taken_or_refused_with_a_code_of_its_own(text: str) -> None:
    try:
        prompt = read_wishes({"prompt": text}, has_image=False).prompt
    except InvalidInput as error:
        assert error.code in {"prompt_empty", "prompt_too_long", "prompt_invalid"}  # noqa: PT017
        return
    assert 0 < len(prompt) <= 1000
    assert prompt == unicodedata.normalize("NFC", prompt).strip()
    prompt.encode()
    assert "\0" not in prompt


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(InvalidInput, match="prompt_invalid"):
        read_wishes({"prompt": "a\ud800"}, has_image=False)


@given(st.text(max_size=20))
def test_a_seed_is_a_whole_number_or_refused(text: str) -> None:
    try:
        seed = read_wishes({"prompt": "a", "seed": text}, has_image=False).seed
    except InvalidInput as error:
        assert error.code == "seed_invalid"  # noqa: PT017
        assert error.params == {"limit": MAX_SEED}  # noqa: PT017
        return
    assert (seed is None) == (text == "")
    assert seed is None or 0 <= seed <= MAX_SEED


def test_requests_differ_by_every_field_and_by_the_picture() -> None:
    base = {"prompt": "a"}
    forms = [
        base,
        {"prompt": "b"},
        base | {"negative_prompt": "n"},
        base | {"ratio": "9:16"},
        base | {"seed": "0"},
        base | {"seed": "1"},
        base | {"parent": str(UUID(int=1)), "model": "qwen-image-edit"},
        base | {"parent": str(UUID(int=2)), "model": "qwen-image-edit"},
    ]
    hashes = {read_wishes(form, has_image=False).sha256(None) for form in forms}
    hashes |= {read_wishes(base, has_image=True).sha256(sha) for sha in ("00", "01")}
    assert len(hashes) == len(forms) + 2


def test_a_request_without_a_parent_is_what_the_previous_release_took_it_for() -> None:
    """A key that was used before a deploy still names the same request after it."""
    wishes = read_wishes({"prompt": "a", "seed": "1"}, has_image=False)
    said = '["a", "", "qwen-image", "1:1", 1, null]'
    assert wishes.sha256(None) == hashlib.sha256(said.encode()).hexdigest()


@pytest.mark.parametrize("key", ["a", "!~", "k" * 200])
def test_keys_of_visible_ascii_are_taken(key: str) -> None:
    assert read_idempotency_key(key) == key


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 201, "ก", "a\n"])
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="idempotency_key_invalid"):
        read_idempotency_key(key)
