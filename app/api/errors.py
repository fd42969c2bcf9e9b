"""Every failure as `{"error": {"code", "message"}}` with its HTTP status; never a traceback, a path or a key."""

import logging
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.errors import (
    AnswerInProgressError,
    ConversationNotFoundError,
    EmptyMessageError,
    FragmentChangedError,
    FragmentLimitError,
    FragmentNameError,
    FragmentNotFoundError,
    MessageTooLongError,
    NothingToContinueError,
    RivuletError,
    ServerStoppingError,
    TooManyRunsError,
)
from app.persistence.errors import DatabaseError
from providers.errors import ProviderError, UnknownModel

logger = logging.getLogger(__name__)

DATABASE_SENTENCE = "Rivulet cannot use its database just now. Try again in a moment."
FAULT_SENTENCE = "Rivulet had a fault of its own. It is in the server's log."


class RunNotFoundError(RivuletError):
    """No such run, or somebody else's."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("This run does not exist. Its conversation may have been deleted.")


class InvalidCursorError(RivuletError):
    """A page of a list was asked for by something that is no cursor."""

    code = "invalid_cursor"

    def __init__(self) -> None:
        super().__init__("This cursor is not one that the list has given. Ask without a cursor to begin anew.")


class InvalidStretchError(RivuletError):
    """A stretch of time was asked for that there is not."""

    code = "invalid_range"

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"Give a range ({', '.join(names)}), or first and until, at most ten years apart.")


class KeyReusedError(RivuletError):
    """An idempotency key came again with another message."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key has been used for another message. Use a new key for a new message.")


# The nearest class counts.
STATUS: dict[type[Exception], int] = {
    EmptyMessageError: 422,
    MessageTooLongError: 413,
    ConversationNotFoundError: 404,
    RunNotFoundError: 404,
    FragmentNotFoundError: 404,
    FragmentChangedError: 409,
    FragmentLimitError: 422,
    FragmentNameError: 422,
    InvalidCursorError: 422,
    InvalidStretchError: 422,
    KeyReusedError: 422,
    AnswerInProgressError: 409,
    NothingToContinueError: 409,
    TooManyRunsError: 503,
    ServerStoppingError: 503,
    RivuletError: 400,
    UnknownModel: 422,
    ProviderError: 502,
    DatabaseError: 503,
}
_HTTP = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("too_large", "The request is larger than the server takes."),
}


def answer_errors(api: FastAPI) -> None:
    """Let `api` answer every failure in the one shape."""
    for kind in (RivuletError, ProviderError):
        api.add_exception_handler(kind, _refused)
    api.add_exception_handler(DatabaseError, _no_database)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _fault)


def error_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Make the answer to what has failed."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def status_of(error: Exception) -> int:
    """Look up the status of an error or of its nearest base."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RivuletError | ProviderError)
    status = status_of(error)
    return error_response(status, error.code, error.sentence, {"Retry-After": "1"} if status == 503 else None)


async def _no_database(_: Request, error: Exception) -> JSONResponse:
    # Its own sentence may name the place of the database.
    return error_response(status_of(error), "database", DATABASE_SENTENCE, {"Retry-After": "1"})


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    is_whole_body = any(one.get("loc") == ("body",) for one in error.errors())
    if is_whole_body and "json" not in request.headers.get("content-type", ""):
        return error_response(422, "invalid_request", "Send JSON, with “Content-Type: application/json”.")
    return error_response(422, "invalid_request", "; ".join(_complaint(one) for one in error.errors()[:3]))


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, message = _HTTP.get(error.status_code, ("http_error", "The request cannot be understood."))
    return error_response(error.status_code, code, message, dict(error.headers or {}))


async def _fault(_: Request, __: Exception) -> JSONResponse:
    return error_response(500, "internal", FAULT_SENTENCE)


def _complaint(one: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in one.get("loc", ()))
    return f"{where}: {one.get('msg', 'invalid')}"
