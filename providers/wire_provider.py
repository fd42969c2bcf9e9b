"""What asking has in common in every wire format: one request, made again without what a server cannot take."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import ClassVar, Protocol

import httpx2

from providers.answer_reader import collect_answer, read_answer
from providers.base import GenerationRequest, StreamingProvider, WholeAnswer, refuse_unsupported
from providers.errors import (
    BadRequest,
    BrokenStream,
    CannotStream,
    NeverBegan,
    Overloaded,
    ProviderError,
    StillWorking,
    TimedOut,
)
from providers.events import Phase, PhaseChanged, ProviderEvent
from providers.http_client import NEAR_FIRST_EVENT_SECONDS, Timeouts
from providers.http_errors import HttpErrors, vendor_errors
from providers.model_list import Json, ListedModel, models_in
from providers.quirks import Quirks
from providers.reply import MalformedReplyError
from providers.server_words import refusal_in, without_echo, words_in_body
from providers.wire_reader import WireReader


class _Refusal(Protocol):
    """What the vendors' SDKs raise for a status that is no success, its body read."""

    response: httpx2.Response


class WireProvider(StreamingProvider):
    """Streams and completes by a vendor's `_request`, read by its `_new_reader`; remembers what a server has refused.

    `refusal` and `no_connection` are the SDK's errors for a refused request and for none that was answered.
    """

    refusal: ClassVar[type[Exception]]
    no_connection: ClassVar[type[Exception]]

    def __init__(self, name: str, label: str, api_key: str | None, url: str, timeouts: Timeouts | None) -> None:
        self.name = name
        self.label = label
        self._timeouts = timeouts or Timeouts()
        self.first_event_seconds = self._timeouts.first_event_seconds(url)
        is_patient = self.first_event_seconds >= NEAR_FIRST_EVENT_SECONDS
        self._errors = HttpErrors(label, api_key, StillWorking if is_patient else TimedOut)
        self._quirks = Quirks()

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[ProviderEvent]:
        """Answer as events; see `StreamingProvider.stream`."""
        refuse_unsupported(self.label, request, self.capabilities(request.model))
        yield PhaseChanged(Phase.CONNECTING)
        while True:
            reader = self._new_reader()
            try:
                async with aclosing(self._streamed(request, reader)) as events:
                    async for event in events:
                        yield event
                return
            except (BadRequest, Overloaded) as error:
                # Some refuse a request in an answer that begins as if all were well.
                if not (reader.has_read and reader.is_empty and self._has_way_round(request, 400, error.said)):
                    raise

    async def _streamed(self, request: GenerationRequest, reader: WireReader) -> AsyncGenerator[ProviderEvent]:
        with vendor_errors(partial(self._translate, reader=reader)):
            async with self._asked(request, is_streaming=True) as response:
                yield PhaseChanged(Phase.WAITING, self._missing(request))
                answer = read_answer(response, reader, self._timeouts.ending_seconds)
                async with aclosing(answer) as events:
                    async for event in events:
                        yield event

    async def complete(self, request: GenerationRequest) -> WholeAnswer:
        """Answer in one piece, and in time: some servers send white space while they work."""
        refuse_unsupported(self.label, request, self.capabilities(request.model))
        reader = self._new_reader()
        with vendor_errors(partial(self._translate, reader=reader)):
            async with (
                asyncio.timeout(self._timeouts.whole_answer_seconds),
                self._asked(request, is_streaming=False) as response,
            ):
                return await collect_answer(response, reader, self._timeouts.ending_seconds)

    @abstractmethod
    async def _request(self, request: GenerationRequest, *, is_streaming: bool) -> httpx2.Response:
        """Make one request, its body still to be read; raises the SDK's errors."""
        ...

    @abstractmethod
    def _new_reader(self) -> WireReader:
        """Give a reader for one answer."""
        ...

    def _models_in(self, body: str) -> tuple[list[ListedModel], Json]:
        """Read a list of models; raises what the server says instead, or what `models_in` raises."""
        try:
            return models_in(body)
        except MalformedReplyError:
            if said := refusal_in(body):
                raise self._errors.in_stream(said) from None
            raise

    def _finds_address(self, response: httpx2.Response) -> bool:
        """Say whether another address is to be tried after this response, which is from none of the API's."""
        return False

    @asynccontextmanager
    async def _asked(self, request: GenerationRequest, *, is_streaming: bool) -> AsyncGenerator[httpx2.Response]:
        response = await self._open(request, is_streaming=is_streaming)
        try:
            yield response
        finally:
            await response.aclose()

    async def _open(self, request: GenerationRequest, *, is_streaming: bool) -> httpx2.Response:
        while True:
            asked = self._quirks.adapted(request)
            try:
                response = await self._request(asked, is_streaming=is_streaming)
            except self.refusal as refusal:
                response = _response(refusal)
                words = without_echo(response.text)
                if not self._finds_address(response) and not self._has_way_round(
                    asked, response.status_code, words, is_streaming=is_streaming
                ):
                    raise
                continue
            if not self._finds_address(response):
                return response
            await response.aclose()

    def _has_way_round(self, asked: GenerationRequest, status: int, words: str, *, is_streaming: bool = True) -> bool:
        """Learn from a refusal what to leave out; raises `CannotStream` when it is the streaming."""
        if is_streaming and self._quirks.refuses_streaming(asked, status, words):
            raise CannotStream(self.label, said=self._errors.clean(words_in_body(words).words))
        return self._quirks.learn(asked, status, words, is_streaming=is_streaming)

    def _missing(self, request: GenerationRequest) -> str:
        """Say what was left out of a request because the server has refused it."""
        has_refused = request.thinking and not self.capabilities(request.model).thinking
        return f"{request.model} has no thinking to ask for; it answers at once" if has_refused else ""

    def _translate(self, error: Exception, reader: WireReader | None = None) -> ProviderError:
        if isinstance(error, self.refusal):
            return self._errors.from_response(_response(error))
        cause = error.__cause__ or error if isinstance(error, self.no_connection) else error
        told = self._errors.from_transport(cause)
        has_begun = reader is not None and not reader.is_empty
        return NeverBegan(self.label, told.detail) if type(told) is BrokenStream and not has_begun else told


def _response(refusal: Exception) -> httpx2.Response:
    known: _Refusal = refusal  # pyright: ignore[reportAssignmentType]
    return known.response
