"""What somebody wants of a job, out of the text fields of a form; pure."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.domain.job import MAX_SEED, Model, Ratio
from shared.domain.workflow import strip_tokens
from shared.errors import InvalidInput

PROMPT_LIMIT_CODE_POINTS: Final = 1000
KEY_LIMIT: Final = 200

_KEY: Final = re.compile(rf"[!-~]{{1,{KEY_LIMIT}}}")
_SEED: Final = re.compile(r"[0-9]{1,16}", re.ASCII)
_LINE_END: Final = re.compile(r"\r\n?")
_ALLOWED_CONTROLS: Final = frozenset("\n\t")
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs"})


@dataclass(frozen=True, slots=True)
class JobWishes:
    """The fields of a job, checked; `seed` is None when it is ours to choose."""

    prompt: str
    negative_prompt: str
    model: Model
    ratio: Ratio
    seed: int | None
    parent_id: UUID | None = None
    """The job from whose picture to go on."""

    def sha256(self, image_sha256: str | None) -> str:
        """Return what two requests have in common when they ask for the same."""
        said: list[str | int | None] = [
            self.prompt,
            self.negative_prompt,
            self.model.value,
            self.ratio.value,
            self.seed,
            image_sha256,
        ]
        if self.parent_id is not None:
            said.append(str(self.parent_id))
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def read_wishes(fields: Mapping[str, str], *, has_image: bool) -> JobWishes:
    """Check the fields of a form.

    Raises:
        InvalidInput: for the first field that needs mending.
    """
    prompt = _read_text(fields.get("prompt", ""))
    if not strip_tokens(prompt).strip():
        raise InvalidInput("prompt_empty")
    parent_id = _read_parent(fields.get("parent", ""))
    model = _read_model(fields.get("model", ""), has_image=has_image or parent_id is not None)
    return JobWishes(
        prompt=prompt,
        negative_prompt=_read_text(fields.get("negative_prompt", "")),
        model=model,
        ratio=_read_ratio(fields.get("ratio", "")),
        seed=_read_seed(fields.get("seed", "")),
        parent_id=parent_id,
    )


def read_idempotency_key(key: str | None) -> str | None:
    """Check the header's value.

    Raises:
        InvalidInput: ``idempotency_key_invalid``.
    """
    if key is not None and _KEY.fullmatch(key) is None:
        raise InvalidInput("idempotency_key_invalid", limit=KEY_LIMIT)
    return key


def _read_text(text: str) -> str:
    text = unicodedata.normalize("NFC", _LINE_END.sub("\n", text)).strip()
    over = len(text) - PROMPT_LIMIT_CODE_POINTS
    if over > 0:
        raise InvalidInput("prompt_too_long", over=over, limit=PROMPT_LIMIT_CODE_POINTS)
    if any(
        unicodedata.category(sign) in _REFUSED_CATEGORIES and sign not in _ALLOWED_CONTROLS
        for sign in text
    ):
        raise InvalidInput("prompt_invalid")
    return text


def _read_model(text: str, *, has_image: bool) -> Model:
    default = Model.QWEN_IMAGE_EDIT if has_image else Model.QWEN_IMAGE
    try:
        model = Model(text or default)
    except ValueError:
        raise InvalidInput("model_unknown", allowed=", ".join(Model)) from None
    if model.needs_image and not has_image:
        raise InvalidInput("image_missing")
    if has_image and not model.needs_image:
        raise InvalidInput("image_unexpected")
    return model


def _read_ratio(text: str) -> Ratio:
    try:
        return Ratio(text or Ratio.SQUARE)
    except ValueError:
        raise InvalidInput("ratio_unknown", allowed=", ".join(Ratio)) from None


def _read_seed(text: str) -> int | None:
    if not text:
        return None
    if _SEED.fullmatch(text) is None or int(text) > MAX_SEED:
        raise InvalidInput("seed_invalid", limit=MAX_SEED)
    return int(text)


def _read_parent(text: str) -> UUID | None:
    if not text:
        return None
    try:
        parent_id = UUID(text)
    except ValueError:
        raise InvalidInput("parent_unknown") from None
    if str(parent_id) != text.lower():
        raise InvalidInput("parent_unknown")
    return parent_id
