"""The public configuration: whatever a client would otherwise hard-code."""

from typing import Final

from pydantic import BaseModel, ConfigDict

from gateway.jobs.upload import UPLOAD_LIMIT_BYTES
from gateway.jobs.wishes import PROMPT_LIMIT_CODE_POINTS
from gateway.settings import GatewaySettings
from shared.domain.job import Model, Ratio
from shared.domain.variants import QUALITIES, SIDES_PX, PictureFormat
from shared.domain.workflow import size_of
from shared.images.pictures import UploadLimits

FORMATS: Final = ["image/jpeg", "image/png", "image/webp", "image/heic"]


class LimitsView(BaseModel):
    """What an upload and a prompt may measure."""

    model_config = ConfigDict(title="Limits")

    upload_bytes: int
    upload_megapixels: int
    min_side_px: int
    prompt_code_points: int


class RatioChoiceView(BaseModel):
    """A shape and its size in pixels with the model that edits."""

    model_config = ConfigDict(title="RatioChoice")

    id: Ratio
    width: int
    height: int


class ModelChoiceView(BaseModel):
    """A model and its price."""

    model_config = ConfigDict(title="ModelChoice")

    id: Model
    needs_image: bool
    price_credits: int


class DownloadView(BaseModel):
    """The formats in which a finished picture can be saved, and the qualities of JPEG and WebP."""

    model_config = ConfigDict(title="Download")

    formats: list[PictureFormat]
    qualities: list[int]


class ConfigView(BaseModel):
    """Limits, choices and prices."""

    model_config = ConfigDict(title="Config")

    limits: LimitsView
    formats: list[str]
    download: DownloadView
    picture_sides_px: list[int]
    ratios: list[RatioChoiceView]
    models: list[ModelChoiceView]
    default_ratio: Ratio
    retention_days: int | None
    """How long pictures are kept after their job has ended; null is for ever."""
    guest_accounts: bool
    simulator: bool
    build: str | None
    """Of the studio that is served; a page of another build is an old one."""


def config_view(settings: GatewaySettings, build: str | None) -> ConfigView:
    """Return what everybody may know of the settings, and of the studio's build."""
    limits = UploadLimits()
    sizes = {ratio: size_of(Model.QWEN_IMAGE_EDIT, ratio) for ratio in Ratio}
    return ConfigView(
        limits=LimitsView(
            upload_bytes=UPLOAD_LIMIT_BYTES,
            upload_megapixels=limits.megapixels,
            min_side_px=limits.min_side_px,
            prompt_code_points=PROMPT_LIMIT_CODE_POINTS,
        ),
        formats=FORMATS,
        download=DownloadView(formats=[*PictureFormat], qualities=[*QUALITIES]),
        picture_sides_px=[*SIDES_PX],
        ratios=[
            RatioChoiceView(id=ratio, width=size.width, height=size.height)
            for ratio, size in sizes.items()
        ],
        models=[
            ModelChoiceView(
                id=model,
                needs_image=model.needs_image,
                price_credits=settings.job_price_credits,
            )
            for model in Model
        ],
        default_ratio=Ratio.SQUARE,
        retention_days=settings.retention_days or None,
        guest_accounts=settings.guests_allowed,
        simulator=settings.simulated,
        build=build,
    )
