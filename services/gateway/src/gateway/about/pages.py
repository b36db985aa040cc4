"""Plain pages without scripts: the interface in words, and what stands in for a missing studio."""

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from shared.errors import CATALOGUE

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ccc;padding:.4rem;text-align:left;vertical-align:top}"
    "code{font-size:.9em}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}"
    "a{color:inherit}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_METHODS: Final = ("get", "post", "put", "patch", "delete")


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def no_studio_page() -> str:
    """Return what `/` shows when no studio was built."""
    return _page(
        "OB AI Studio",
        "<h1>OB AI Studio</h1><p>The interface works, but this process has no studio to show: "
        "build it (<code>npm run build</code> in <code>frontend/</code>) and set "
        '<code>STUDIO_DIR</code> to its folder.</p><p><a href="/docs">The interface</a></p>',
    )


def docs_page(document: dict[str, Any]) -> str:
    """Return the interface as one page, from its OpenAPI document."""
    calls = "".join(_call_rows(document))
    errors = "".join(
        f'<tr id="error-{code}"><td><code>{code}</code></td><td>{escape(text.en)}</td>'
        f'<td lang="th">{escape(text.th)}</td><td>{"yes" if text.retryable else "no"}</td></tr>'
        for code, text in sorted(CATALOGUE.items())
    )
    return _page(
        "OB AI Studio: interface",
        "<h1>Interface</h1><p>For programs: "
        '<a href="/openapi.json">openapi.json</a>. Every refusal is '
        "<code>application/problem+json</code> with one of the codes below.</p>"
        f"<h2>Calls</h2><table><tr><th>Call</th><th>What it does</th></tr>{calls}</table>"
        "<h2>Codes</h2><table><tr><th>Code</th><th>English</th><th>ไทย</th><th>Try again?</th></tr>"
        f"{errors}</table>",
    )


def _call_rows(document: dict[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                said = escape(item[method].get("summary", ""))
                more = escape(item[method].get("description", ""))
                call = f"{method.upper()} {escape(path)}"
                yield f"<tr><td><code>{call}</code></td><td>{said}<br>{more}</td></tr>"
