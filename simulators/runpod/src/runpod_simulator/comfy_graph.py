"""Reading a valid workflow: what it would draw, from which picture, with which words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from runpod_simulator.comfy_nodes import MAX_SEED
from runpod_simulator.comfy_validation import coerce_number
from runpod_simulator.jobs import JsonObject

_LATENT_SIZE: Final = "EmptySD3LatentImage"
_SAMPLER: Final = "KSampler"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What one output node asks for. `size` is None when the input picture decides it."""

    prompt: str
    negative_prompt: str
    seed: int
    size: tuple[int, int] | None
    loader: tuple[str, str] | None
    """Id of the LoadImage node and its file name, or None for text-to-image."""
    filename_prefix: str
    inverted: bool


@dataclass(frozen=True, slots=True)
class _Node:
    id: str
    class_type: str
    inputs: JsonObject


def nodes_of(workflow: JsonValue) -> Iterator[_Node]:
    """Yield the well-formed nodes of anything that came as a workflow."""
    if not isinstance(workflow, dict):
        return
    for node_id, node in workflow.items():
        if not isinstance(node, dict):
            continue
        class_type, inputs = node.get("class_type"), node.get("inputs")
        if isinstance(class_type, str) and isinstance(inputs, dict):
            yield _Node(node_id, class_type, inputs)


def texts_of(workflow: JsonValue) -> list[str]:
    """Return every text a user may have written, for the ledger and for aiming faults."""
    return [
        text
        for node in nodes_of(workflow)
        for name in ("prompt", "text")
        if isinstance(text := node.inputs.get(name), str) and text
    ]


def filename_prefixes_of(workflow: JsonValue) -> list[str]:
    """Return the prefixes of all SaveImage nodes."""
    return [
        prefix
        for node in nodes_of(workflow)
        if isinstance(prefix := node.inputs.get("filename_prefix"), str)
    ]


def is_saving(workflow: JsonValue, output: str) -> bool:
    """Tell whether an output node keeps its picture; PreviewImage makes temporary files."""
    return any(n.id == output and n.class_type == "SaveImage" for n in nodes_of(workflow))


def read_drawing(workflow: JsonValue, output: str) -> Drawing:
    """Follow the links up from one output node of a validated workflow."""
    nodes = {node.id: node for node in nodes_of(workflow)}
    upstream = list(_upstream(nodes, output))
    sampler = _first(upstream, _SAMPLER)
    loader = _first(upstream, "LoadImage")
    file_name = None if loader is None else loader.inputs.get("image")
    prefix = nodes[output].inputs.get("filename_prefix")
    return Drawing(
        prompt=_text(nodes, sampler, "positive"),
        negative_prompt=_text(nodes, sampler, "negative"),
        seed=_seed(sampler),
        size=_size(nodes, sampler),
        loader=(loader.id, file_name) if loader and isinstance(file_name, str) else None,
        filename_prefix=prefix if isinstance(prefix, str) else "ComfyUI",
        inverted=_first(upstream, "ImageInvert") is not None,
    )


def _upstream(nodes: Mapping[str, _Node], start: str) -> Iterator[_Node]:
    """Yield a node and everything it depends on, nearest first, each once."""
    waiting = [start]
    seen: set[str] = set()
    while waiting:
        node_id = waiting.pop(0)
        if node_id in seen or node_id not in nodes:
            continue
        seen.add(node_id)
        yield nodes[node_id]
        waiting += [
            value[0]
            for value in nodes[node_id].inputs.values()
            if isinstance(value, list) and value and isinstance(value[0], str)
        ]


def _first(nodes: list[_Node], class_type: str) -> _Node | None:
    return next((node for node in nodes if node.class_type == class_type), None)


def _linked(nodes: Mapping[str, _Node], node: _Node | None, name: str) -> _Node | None:
    link = None if node is None else node.inputs.get(name)
    if isinstance(link, list) and link and isinstance(link[0], str):
        return nodes.get(link[0])
    return None


def _text(nodes: Mapping[str, _Node], sampler: _Node | None, side: str) -> str:
    encoder = _linked(nodes, sampler, side)
    if encoder is None:
        return ""
    value = encoder.inputs.get("prompt", encoder.inputs.get("text", ""))
    return value if isinstance(value, str) else str(value)


def _seed(sampler: _Node | None) -> int:
    return 0 if sampler is None else int(coerce_number("INT", sampler.inputs["seed"])) & MAX_SEED


def _size(nodes: Mapping[str, _Node], sampler: _Node | None) -> tuple[int, int] | None:
    latent = _linked(nodes, sampler, "latent_image")
    if latent is None or latent.class_type != _LATENT_SIZE:
        return None
    width, height = (coerce_number("INT", latent.inputs[side]) for side in ("width", "height"))
    return int(width), int(height)
