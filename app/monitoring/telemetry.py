"""Answers as OpenTelemetry spans and metrics, in its words for generative AI.

Names are those of the semantic conventions for generative AI (github.com/open-telemetry/semantic-conventions-genai). A
span is made once an answer has ended, out of what is known of it then, so that nothing that streams waits for it.
"""

import asyncio
import json
import os
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from app.monitoring.facts import AnswerFacts
from app.streaming.store import RunOutcome, StreamingStatus

CAPTURE_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
CLOSE_SECONDS = 3.0
_NS_PER_MS = 1_000_000


class Telemetry:
    """Sends ended answers to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names.

    The SDK reads that and its other variables itself.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        resource = Resource.create({"service.name": "rivulet"})
        self._spans = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._spans.get_tracer("rivulet")
        self._metrics = MeterProvider(
            [PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource, shutdown_on_exit=False
        )
        meter = self._metrics.get_meter("rivulet")
        self._duration = meter.create_histogram("gen_ai.client.operation.duration", "s")
        self._tokens = meter.create_histogram("gen_ai.client.token.usage", "{token}")
        self._first = meter.create_histogram("gen_ai.client.operation.time_to_first_chunk", "s")
        wanted = (os.environ if environment is None else environment).get(CAPTURE_CONTENT, "")
        self._captures_content = wanted.strip().lower() in ("true", "1", "span_only", "span_and_event")

    def note(self, run_id: str, outcome: RunOutcome, question: str) -> None:
        """Tell of an ended answer; `question` goes out with it only where the standard variable asks for content."""
        facts = AnswerFacts.of(outcome.status, outcome.metadata, outcome.error_code, None)
        started = outcome.metadata.get("started_at")
        if not isinstance(started, str):
            return
        begun_ns = round(datetime.fromisoformat(started).timestamp() * 1000) * _NS_PER_MS
        self._tell_span(run_id, outcome, facts, begun_ns, question)
        self._tell_metrics(facts)

    async def aclose(self) -> None:
        """Send what is left, as far as the collector takes it within a few seconds."""
        closing = threading.Thread(target=self._close, name="telemetry", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSE_SECONDS)

    def _close(self) -> None:
        for provider in (self._spans, self._metrics):
            provider.force_flush()
        for provider in (self._spans, self._metrics):
            provider.shutdown()

    def _tell_span(self, run_id: str, outcome: RunOutcome, facts: AnswerFacts, begun_ns: int, question: str) -> None:
        metadata = outcome.metadata
        attributes = self._attributes(run_id, facts, metadata)
        span = self._tracer.start_span(
            f"chat {facts.model}", kind=SpanKind.CLIENT, start_time=begun_ns, attributes=attributes
        )
        if self._captures_content:
            span.set_attribute("gen_ai.input.messages", _message("user", question))
            span.set_attribute("gen_ai.output.messages", _message("assistant", outcome.text))
        first_ms = metadata.get("first_character_ms")
        if first_ms is not None:
            span.add_event("first character", timestamp=begun_ns + first_ms * _NS_PER_MS)
        duration_ns = int(metadata.get("duration_ms") or 0) * _NS_PER_MS
        if outcome.status is StreamingStatus.INTERRUPTED:
            why = {"rivulet.by": facts.ended_by, "rivulet.phase": facts.stopped_in}
            span.add_event("interrupted", why, begun_ns + duration_ns)
        if facts.failure:
            span.set_attribute("error.type", facts.failure)
            span.set_status(Status(StatusCode.ERROR, facts.failure))
        self._tell_attempts(span, metadata.get("attempts") or (), begun_ns)
        span.end(begun_ns + duration_ns)

    def _tell_attempts(self, parent: Any, attempts: Sequence[Mapping[str, Any]], begun_ns: int) -> None:
        context = set_span_in_context(parent)
        for number, attempt in enumerate(attempts, start=1):
            start_ns = begun_ns + int(attempt.get("at_ms") or 0) * _NS_PER_MS
            attributes = {
                "gen_ai.request.model": str(attempt.get("model")),
                "rivulet.attempt": number,
                "rivulet.mode": str(attempt.get("road")),
            }
            span = self._tracer.start_span("attempt", context, attributes=attributes, start_time=start_ns)
            if error := attempt.get("error"):
                span.set_attribute("error.type", str(error))
                span.set_status(Status(StatusCode.ERROR, str(error)))
            span.end(start_ns + int(attempt.get("ms") or 0) * _NS_PER_MS)

    def _attributes(self, run_id: str, facts: AnswerFacts, metadata: Mapping[str, Any]) -> dict[str, Any]:
        asked = str(metadata.get("asked_model") or facts.model).partition("/")[2]
        known = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": facts.provider,
            "gen_ai.request.model": asked,
            "gen_ai.response.model": facts.model,
            "gen_ai.response.id": run_id,
            "gen_ai.usage.input_tokens": metadata.get("input_tokens"),
            "gen_ai.usage.output_tokens": metadata.get("output_tokens"),
            "gen_ai.response.finish_reasons": [str(metadata["stop_reason"])] if metadata.get("stop_reason") else None,
            "rivulet.mode": facts.mode,
            "rivulet.characters": metadata.get("new_characters"),
            "rivulet.stalls": metadata.get("stalls"),
        }
        return {name: value for name, value in known.items() if value not in (None, "")}

    def _tell_metrics(self, facts: AnswerFacts) -> None:
        common = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": facts.provider,
            "gen_ai.request.model": facts.model,
            **({"error.type": facts.failure} if facts.failure else {}),
        }
        measures = facts.measures
        if "duration_ms" in measures:
            self._duration.record(measures["duration_ms"] / 1000, common)
        if "first_character_ms" in measures:
            self._first.record(measures["first_character_ms"] / 1000, common)
        for name, kind in (("input_tokens", "input"), ("output_tokens", "output")):
            if name in measures:
                self._tokens.record(round(measures[name]), {**common, "gen_ai.token.type": kind})


def _message(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}], ensure_ascii=False)
