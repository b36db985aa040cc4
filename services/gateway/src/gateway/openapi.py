"""The OpenAPI document, completed by what routes cannot say: common refusals, headers, streams."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.about.maintenance import is_refused
from gateway.accounts.views import AccountView
from gateway.errors import Problem, refusals
from gateway.security.origin import is_checked
from gateway.stream.news import JobEvent
from shared.errors import AppError, Forbidden, TransientError, Unauthorized

_REF: Final = "#/components/schemas/{model}"
_STREAM: Final = "text/event-stream"
_INNER_SUFFIX: Final = "View"
_WITHOUT_CODES: Final = "Validation Error"
"""FastAPI's own 422; a route that checks its parameters says with which codes it refuses them."""
_HEADERS: Final = {
    "X-Request-Id": {
        "description": "the id under which we log the request",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    }
}
_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "seconds",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
_HEADERS_OF_STATUS: Final = {
    "307": {
        "Location": {
            "description": "where it is",
            "required": True,
            "schema": {"type": "string", "format": "uri-reference"},
        }
    },
    "429": _RETRY_AFTER,
    "503": _RETRY_AFTER,
}
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
    for path, item in said["paths"].items():
        for method, operation in item.items():
            _complete_operation(method, path, operation)
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


def _complete_operation(method: str, path: str, operation: dict[str, Any]) -> None:
    said = {
        status: response
        for status, response in operation["responses"].items()
        if response.get("description") != _WITHOUT_CODES
    }
    common = refusals(*_common_errors(method.upper(), path, operation))
    responses = {str(status): response for status, response in common.items()} | said
    for status, response in responses.items():
        headers = _HEADERS | _HEADERS_OF_STATUS.get(status, {})
        response["headers"] = headers | response.get("headers", {})
    stream = responses.get("200", {}).get("content", {}).get(_STREAM)
    if stream is not None:
        stream["schema"] = {"oneOf": [_message("job", JobEvent), _message("account", AccountView)]}
    operation["responses"] = dict(sorted(responses.items()))


def _common_errors(method: str, path: str, operation: dict[str, Any]) -> Iterator[AppError]:
    """Yield what a route may answer because of its method and its session."""
    yield AppError("internal_error")
    yield TransientError()
    if is_refused(path):
        yield TransientError("maintenance")
    if "security" in operation:
        yield Unauthorized("unauthorized")
        yield Unauthorized("session_invalid")
    if is_checked(method, path):
        yield Forbidden("forbidden_origin")


def _message(event: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of one message of a stream, as OpenAPI 3.2 sees it: an object of fields."""
    return {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": {"const": event},
            "id": {"type": "string"},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": _REF.format(model=model.__name__)},
            },
        },
    }
