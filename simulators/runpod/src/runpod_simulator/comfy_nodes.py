"""The nodes this ComfyUI has installed: their inputs, ranges and outputs, and the model files.

Source: ComfyUI 0.3.64 and 0.8.0, `/object_info`.
"""

from dataclasses import dataclass
from typing import Final

MAX_SEED: Final = 2**64 - 1
MAX_RESOLUTION: Final = 16384


@dataclass(frozen=True, slots=True)
class NodeInput:
    """One input: a type name such as INT or MODEL, or the list of allowed values."""

    kind: str | tuple[str, ...]
    minimum: float | None = None
    maximum: float | None = None
    required: bool = True


@dataclass(frozen=True, slots=True)
class NodeType:
    """A class of node."""

    inputs: dict[str, NodeInput]
    outputs: tuple[str, ...] = ()
    is_output: bool = False


def _of(kind: str) -> NodeInput:
    return NodeInput(kind)


def _optional(kind: str) -> NodeInput:
    return NodeInput(kind, required=False)


def _number(kind: str, minimum: float, maximum: float) -> NodeInput:
    return NodeInput(kind, minimum, maximum)


UNETS: Final = (
    "qwen_image_edit_2509_fp8_e4m3fn.safetensors",
    "qwen_image_edit_2511_fp8mixed.safetensors",
    "qwen_image_edit_fp8_e4m3fn.safetensors",
    "qwen_image_fp8_e4m3fn.safetensors",
)
TEXT_ENCODERS: Final = ("qwen_2.5_vl_7b_fp8_scaled.safetensors",)
VAES: Final = ("qwen_image_vae.safetensors",)
LORAS: Final = (
    "Qwen-Image-Edit-Lightning-4steps-V1.0-bf16.safetensors",
    "Qwen-Image-Lightning-4steps-V1.0.safetensors",
)
SAMPLERS: Final = (
    "euler", "euler_ancestral", "heun", "dpm_2", "lms", "dpmpp_2m", "dpmpp_sde", "ddim", "uni_pc",
)  # fmt: skip
SCHEDULERS: Final = (
    "simple", "sgm_uniform", "karras", "exponential", "ddim_uniform", "beta", "normal",
)  # fmt: skip
UPSCALE: Final = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")

_SIDE: Final = _number("INT", 16, MAX_RESOLUTION)
_ENCODER: Final = {"clip": _of("CLIP"), "prompt": _of("STRING"), "vae": _optional("VAE")}

NODE_TYPES: Final[dict[str, NodeType]] = {
    "UNETLoader": NodeType(
        {
            "unet_name": NodeInput(UNETS),
            "weight_dtype": NodeInput(("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2")),
        },
        ("MODEL",),
    ),
    "CLIPLoader": NodeType(
        {
            "clip_name": NodeInput(TEXT_ENCODERS),
            "type": NodeInput(("stable_diffusion", "sd3", "wan", "hidream", "qwen_image")),
            "device": NodeInput(("default", "cpu"), required=False),
        },
        ("CLIP",),
    ),
    "VAELoader": NodeType({"vae_name": NodeInput(VAES)}, ("VAE",)),
    "LoraLoaderModelOnly": NodeType(
        {
            "model": _of("MODEL"),
            "lora_name": NodeInput(LORAS),
            "strength_model": _number("FLOAT", -100, 100),
        },
        ("MODEL",),
    ),
    "ModelSamplingAuraFlow": NodeType(
        {"model": _of("MODEL"), "shift": _number("FLOAT", 0, 100)}, ("MODEL",)
    ),
    "CFGNorm": NodeType(
        {
            "model": _of("MODEL"),
            "strength": _number("FLOAT", 0, 100),
            "pre_cfg": _optional("BOOLEAN"),
        },
        ("MODEL",),
    ),
    "CLIPTextEncode": NodeType({"text": _of("STRING"), "clip": _of("CLIP")}, ("CONDITIONING",)),
    "TextEncodeQwenImageEdit": NodeType(
        {**_ENCODER, "image": _optional("IMAGE")}, ("CONDITIONING",)
    ),
    "TextEncodeQwenImageEditPlus": NodeType(
        {
            **_ENCODER,
            "image1": _optional("IMAGE"),
            "image2": _optional("IMAGE"),
            "image3": _optional("IMAGE"),
        },
        ("CONDITIONING",),
    ),
    "EmptySD3LatentImage": NodeType(
        {"width": _SIDE, "height": _SIDE, "batch_size": _number("INT", 1, 4096)}, ("LATENT",)
    ),
    "VAEEncode": NodeType({"pixels": _of("IMAGE"), "vae": _of("VAE")}, ("LATENT",)),
    "VAEDecode": NodeType({"samples": _of("LATENT"), "vae": _of("VAE")}, ("IMAGE",)),
    "KSampler": NodeType(
        {
            "model": _of("MODEL"),
            "seed": _number("INT", 0, MAX_SEED),
            "steps": _number("INT", 1, 10000),
            "cfg": _number("FLOAT", 0, 100),
            "sampler_name": NodeInput(SAMPLERS),
            "scheduler": NodeInput(SCHEDULERS),
            "positive": _of("CONDITIONING"),
            "negative": _of("CONDITIONING"),
            "latent_image": _of("LATENT"),
            "denoise": _number("FLOAT", 0, 1),
        },
        ("LATENT",),
    ),
    "LoadImage": NodeType({"image": _of("STRING")}, ("IMAGE", "MASK")),
    "ImageScaleToTotalPixels": NodeType(
        {
            "image": _of("IMAGE"),
            "upscale_method": NodeInput(UPSCALE),
            "megapixels": _number("FLOAT", 0.01, 16),
            "resolution_steps": _number("INT", 1, 256),
        },
        ("IMAGE",),
    ),
    "ImageScale": NodeType(
        {
            "image": _of("IMAGE"),
            "upscale_method": NodeInput(UPSCALE),
            "width": _number("INT", 0, MAX_RESOLUTION),
            "height": _number("INT", 0, MAX_RESOLUTION),
            "crop": NodeInput(("disabled", "center")),
        },
        ("IMAGE",),
    ),
    "FluxKontextImageScale": NodeType({"image": _of("IMAGE")}, ("IMAGE",)),
    "ImageInvert": NodeType({"image": _of("IMAGE")}, ("IMAGE",)),
    "SaveImage": NodeType(
        {"images": _of("IMAGE"), "filename_prefix": _of("STRING")}, is_output=True
    ),
    "PreviewImage": NodeType({"images": _of("IMAGE")}, is_output=True),
}
