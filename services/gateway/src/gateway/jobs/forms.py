"""In which form somebody wants a picture, out of a query; pure."""

from typing import Annotated, Final

from pydantic import WithJsonSchema

from shared.domain.variants import (
    DEFAULT_QUALITY,
    QUALITIES,
    SIDES_PX,
    PictureFormat,
    Source,
    Variant,
)
from shared.errors import InvalidInput

STORED_THUMBNAIL_PX: Final = SIDES_PX[0]
"""The one that each result is stored with."""

Format = Annotated[str | None, WithJsonSchema({"type": "string", "enum": [*PictureFormat]})]
Quality = Annotated[str | None, WithJsonSchema({"type": "integer", "enum": [*QUALITIES]})]
Size = Annotated[str | None, WithJsonSchema({"type": "integer", "enum": [*SIDES_PX]})]


def read_format(format_name: str | None, quality: str | None) -> Variant | None:
    """Return the variant of a result; None for the PNG that it is kept as, which has no quality.

    Raises:
        InvalidInput: ``format_unknown`` or ``quality_invalid``.
    """
    chosen = DEFAULT_QUALITY if quality is None else _one_of(QUALITIES, quality, "quality_invalid")
    if format_name is None:
        return None
    try:
        picture_format = PictureFormat(format_name)
    except ValueError:
        raise InvalidInput("format_unknown", allowed=", ".join(PictureFormat)) from None
    if picture_format is PictureFormat.PNG:
        return None
    return Variant(Source.RESULT, picture_format, chosen)


def read_size(size: str | None, source: Source) -> Variant | None:
    """Return a smaller variant of a picture; None when no size is asked for.

    Raises:
        InvalidInput: ``size_unknown``.
    """
    return None if size is None else Variant.small(source, _one_of(SIDES_PX, size, "size_unknown"))


def _one_of(allowed: tuple[int, ...], text: str, code: str) -> int:
    chosen = next((one for one in allowed if str(one) == text), None)
    if chosen is None:
        raise InvalidInput(code, allowed=", ".join(map(str, allowed)))
    return chosen
