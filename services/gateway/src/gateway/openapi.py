"""The OpenAPI document, completed by what routes cannot say: refusals and event streams."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.accounts.views import AccountView
from gateway.errors import MEDIA_TYPE, Problem
from gateway.stream.news import JobEvent

_REF: Final = "#/components/schemas/{model}"
_STREAM: Final = "text/event-stream"
_INNER_SUFFIX: Final = "View"
_EXTRA: Final[tuple[type[BaseModel], ...]] = (Problem, JobEvent, AccountView)


def document(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application, built once."""
    if not app.openapi_schema:
        app.openapi_schema = _complete(
            get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
        )
    return app.openapi_schema


def _complete(said: dict[str, Any]) -> dict[str, Any]:
    _, definitions = models_json_schema(
        [(model, "serialization") for model in _EXTRA], ref_template=_REF
    )
    schemas = said.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in definitions["$defs"].items():
        schemas.setdefault(name, schema)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for item in said["paths"].values():
        for operation in item.values():
            _complete_operation(operation)
    named: dict[str, Any] = _named(said)
    named["components"]["schemas"] = {
        name.removesuffix(_INNER_SUFFIX): schema
        for name, schema in named["components"]["schemas"].items()
    }
    return named


def _named(said: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the document with each reference under the model's public name."""
    if isinstance(said, dict):
        return {
            key: value.removesuffix(_INNER_SUFFIX) if key == "$ref" else _named(value)
            for key, value in said.items()
        }
    return [_named(one) for one in said] if isinstance(said, list) else said


def _complete_operation(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    refusal = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
    responses["4XX"] = {"description": "Refused", "content": refusal}
    responses["5XX"] = {"description": "Our fault, or a short break", "content": refusal}
    stream = responses.get("200", {}).get("content", {}).get(_STREAM)
    if stream is not None:
        stream["schema"] = {
            "description": "`event: job` carries a JobEvent, `event: account` an Account",
            "oneOf": [
                {"$ref": _REF.format(model=JobEvent.__name__)},
                {"$ref": _REF.format(model=AccountView.__name__)},
            ],
        }
