"""The page that describes the API, without anything from elsewhere."""

from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
dt { margin-top: 1.5rem; font-weight: 600 }
dd { margin: 0; white-space: pre-line }
"""


def reference_page(api: FastAPI, request: Request) -> HTMLResponse:
    """List every operation of the OpenAPI document."""
    document = api.openapi()
    root = str(request.scope.get("root_path", ""))
    operations = "".join(
        _operation(method, root + path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    title = escape(document["info"]["title"])
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        f"<h1>{title}</h1><p>{escape(document['info']['description'])}</p>"
        f'<p>For programs: <a href="openapi.json">openapi.json</a></p><dl>{operations}</dl></html>',
        headers=HEADERS,
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    named = [f"{one['name']} ({one['in']})" for one in operation.get("parameters", ())]
    fields = f"\nParameters: {', '.join(named)}" if named else ""
    words = f"{operation.get('summary', '')}.\n{operation.get('description', '')}{fields}"
    return f"<dt><code>{method.upper()} {escape(path)}</code></dt><dd>{escape(words)}</dd>"
