"""Repositories: each method is one transaction, written as a plain function of a session."""

import functools
from collections.abc import Callable
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from app.persistence.database import Database

_Repository = TypeVar("_Repository", bound="Repository")
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_Transaction = Callable[Concatenate[_Repository, Session, _Arguments], _Result]
if TYPE_CHECKING:  # Python 3.11 cannot subscript a CoroutineType
    _Method = Callable[Concatenate[_Repository, _Arguments], CoroutineType[Any, Any, _Result]]


class Repository:
    """What is kept in a database, one transaction a method."""

    def __init__(self, database: Database) -> None:
        self.database = database


def writes(transaction: _Transaction[_Repository, _Arguments, _Result]) -> "_Method[_Repository, _Arguments, _Result]":
    """Let a method that takes a session be one that is awaited without: see `Database.write`."""

    @functools.wraps(transaction)
    async def run(self: _Repository, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        return await self.database.write(lambda session: transaction(self, session, *arguments, **named))

    return run


def reads(transaction: _Transaction[_Repository, _Arguments, _Result]) -> "_Method[_Repository, _Arguments, _Result]":
    """Let a method that takes a session be one that is awaited without: see `Database.read`."""

    @functools.wraps(transaction)
    async def run(self: _Repository, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        return await self.database.read(lambda session: transaction(self, session, *arguments, **named))

    return run
