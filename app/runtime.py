"""The composition root: database, bus, providers and services, built once per process."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from app.monitoring.exporters import make_telemetry, report_errors
from app.monitoring.prometheus import Exposition
from app.persistence.database import Database
from app.persistence.errors import DatabaseInUse
from app.persistence.ownership import owning
from app.persistence.preferences import PreferenceRepository
from app.persistence.repositories import Repositories
from app.persistence.users import UserRepository
from app.services.analytics import Analytics
from app.services.chat import Chat
from app.services.feed import ConversationFeed
from app.services.fragments import Fragments
from app.services.preference_book import PreferenceBook
from app.services.sources import Sources
from app.services.usage import Usage
from app.settings import Settings
from app.streaming.frames import FrameClock
from app.streaming.log import MemoryRunLogs
from app.streaming.manager import StreamManager
from app.streaming.policy import RetryPolicy
from app.streaming.run import Limits, RunSpec
from app.streaming.store import RunOutcome
from providers.http_client import SILENCE_SECONDS, Timeouts, build_http_client
from providers.registry import ProviderConfig, ProviderRegistry

if TYPE_CHECKING:
    from app.monitoring.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that states and routes call; `local_user_id` is the one user until accounts come.

    `disowned` is set when another process has come to own the database, so that this one must end.
    """

    settings: Settings
    database: Database
    registry: ProviderRegistry
    manager: StreamManager
    chat: Chat
    fragments: Fragments
    usage: Usage
    analytics: Analytics
    preferences: PreferenceBook
    feed: ConversationFeed
    frame_clock: FrameClock
    local_user_id: str
    disowned: asyncio.Future[DatabaseInUse]


_runtime: Runtime | None = None


def current() -> Runtime:
    """Give the runtime of this process; raises `RuntimeError` before the start and after the end."""
    if _runtime is None:
        raise RuntimeError("the runtime is not started")
    return _runtime


@contextmanager
def using(runtime: Runtime) -> Generator[Runtime]:
    """Make `runtime` the current one within the block."""
    global _runtime  # noqa: PLW0603 (one per process is what this module is for)
    before, _runtime = _runtime, runtime
    try:
        yield runtime
    finally:
        _runtime = before


def make_registry(settings: Settings) -> ProviderRegistry:
    """Build the providers that the settings configure."""
    return ProviderRegistry(_provider_config(settings))


async def check_network(settings: Settings) -> None:
    """Look whether the environment lets the configured servers be reached; raises `Unsupported`."""
    for url in _provider_config(settings).urls:
        await build_http_client(url, Timeouts()).aclose()


def _provider_config(settings: Settings) -> ProviderConfig:
    return ProviderConfig(
        anthropic_api_key=settings.anthropic_api_key,
        anthropic_base_url=settings.anthropic_base_url,
        openai_api_key=settings.openai_api_key,
        openai_base_url=settings.openai_base_url,
        ollama_url=settings.ollama_url,
        default_model=settings.model,
        fallback_model=settings.fallback_model,
        no_stream=settings.no_stream,
        timeouts=Timeouts(silence_seconds=settings.silence_seconds, whole_answer_seconds=settings.whole_answer_seconds),
    )


def make_limits(settings: Settings) -> Limits:
    """Say how patient runs are."""
    retry = RetryPolicy(retries=settings.retries, first_wait_seconds=settings.first_wait_seconds)
    return Limits(retry, settings.silence_seconds or SILENCE_SECONDS)


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Runtime]:
    """Build the runtime, recover what a dead process left, and take everything down in order at the end."""
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.aclose)
        disowned: asyncio.Future[DatabaseInUse] = asyncio.get_running_loop().create_future()
        await stack.enter_async_context(owning(database.address, on_lost=disowned.set_result))
        await database.upgrade()
        registry = make_registry(settings)
        stack.push_async_callback(registry.aclose)
        repositories = Repositories.of(database)
        feed = ConversationFeed()
        telemetry = make_telemetry(settings.otlp_endpoint)
        if telemetry:
            stack.push_async_callback(telemetry.aclose)
        report_errors(settings.sentry_dsn)
        manager = StreamManager(
            MemoryRunLogs(),
            repositories.runs,
            make_limits(settings),
            on_lost=lambda run: feed.changed(run.user_id, run.conversation_id),
            on_unsaved_change=feed.wake,
            on_outcome=partial(_tell, telemetry) if telemetry else None,
        )
        stack.push_async_callback(manager.aclose)
        await manager.recover()
        runtime = await _assemble(settings, database, registry, manager, repositories, feed, disowned)
        runtime.usage.start()
        stack.push_async_callback(runtime.usage.aclose)
        stack.push_async_callback(runtime.fragments.aclose)
        stack.enter_context(using(runtime))
        yield runtime


def _tell(telemetry: "Telemetry", spec: RunSpec, outcome: RunOutcome) -> None:
    telemetry.note(spec.run_id, outcome, spec.call.request.messages[-1].content)


async def _assemble(
    settings: Settings,
    database: Database,
    registry: ProviderRegistry,
    manager: StreamManager,
    repositories: Repositories,
    feed: ConversationFeed,
    disowned: asyncio.Future[DatabaseInUse],
) -> Runtime:
    preferences = PreferenceBook(PreferenceRepository(database), feed)
    fragments = Fragments(repositories, manager, preferences, feed)
    chat = Chat(
        repositories,
        manager,
        Sources(registry, preferences),
        feed,
        fragments,
        settings.max_message_chars,
    )
    user = await UserRepository(database).local_user()
    exposition, frame_clock = Exposition(), FrameClock()
    usage = Usage(repositories.usage, exposition, settings.keep_days)
    exposition.watch("answers_being_written", "Answers that this process is writing.", lambda: len(manager.running))
    exposition.watch("pages_following", "Pages that follow an answer now.", lambda: frame_clock.followers)
    exposition.watch("answers_unsaved", "Answers that cannot be stored just now.", lambda: manager.unsaved.count)
    return Runtime(
        settings=settings,
        database=database,
        registry=registry,
        manager=manager,
        chat=chat,
        fragments=fragments,
        usage=usage,
        analytics=Analytics(usage, settings.data_dir),
        preferences=preferences,
        feed=feed,
        frame_clock=frame_clock,
        local_user_id=user.id,
        disowned=disowned,
    )
