"""Collectors that nobody here wrote the format of are told the truth about answers: real receivers, spans compared."""

import gzip
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import sentry_sdk
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.errors import SettingsError
from app.monitoring.exporters import report_errors
from tests.app_server import AppServer
from tests.upstream import Fault, FaultKind, Script, Upstream

TEXT = "planted answer. " * 40
QUESTION = "planted question"


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Take whatever is posted."""
    taken: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            taken.append((self.path, body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", taken
        server.shutdown()


def settings(upstream: Upstream, **more: str) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": upstream.openai_url,
        "OPENAI_API_KEY": "sk-planted-key",
        "RIVULET_MODEL": "openai/scripted",
        "RIVULET_RETRIES": "1",
        **more,
    }


def ask(url: str, stop_after: float | None = None) -> str:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        run_id = client.post("/api/v1/messages", json={"text": QUESTION}).json()["run_id"]
        if stop_after is not None:
            time.sleep(stop_after)
            client.post(f"/api/v1/runs/{run_id}/interrupt")
        deadline = time.monotonic() + 60
        while client.get(f"/api/v1/runs/{run_id}").json()["status"] in ("pending", "streaming"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    return run_id


def value_of(one: Any) -> Any:
    kind = one.WhichOneof("value")
    return [value_of(each) for each in one.array_value.values] if kind == "array_value" else getattr(one, kind)


def attributes(thing: Any) -> dict[str, Any]:
    return {one.key: value_of(one.value) for one in thing.attributes}


@pytest.mark.parametrize("content", ["", "true"])
def test_a_collector_gets_a_span_an_answer_with_its_attempts(tmp_path: Path, content: str) -> None:
    with Upstream() as upstream, receiver() as (address, taken):
        upstream.script("scripted", Script())
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}",
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": content,
        }
        with AppServer(tmp_path, **settings(upstream, **variables)) as server:
            upstream.script(
                "scripted", Script(fault=Fault(FaultKind.STATUS, status=529)), Script(text=TEXT, chars_per_second=1_000)
            )
            answered = ask(server.url)
            upstream.script("scripted", Script(text=TEXT, hold_after_chars=100))
            stopped = ask(server.url, stop_after=0.5)
            upstream.script("scripted", Script(fault=Fault(FaultKind.STATUS, status=401)))
            failed = ask(server.url)
    spans = [
        span
        for path, body in taken
        if path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    answers = {attributes(span)["gen_ai.response.id"]: span for span in spans if span.name == "chat scripted"}
    assert answers.keys() == {answered, stopped, failed}
    said = attributes(answers[answered])
    assert said["gen_ai.operation.name"] == "chat"
    assert (said["gen_ai.provider.name"], said["gen_ai.request.model"]) == ("openai", "scripted")
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (11, 7)
    assert said["rivulet.characters"] == len(TEXT)
    span = answers[answered]
    assert span.end_time_unix_nano - span.start_time_unix_nano >= len(TEXT) / 1_000 * 0.9e9
    (first,) = span.events
    assert first.name == "first character"
    attempts = [one for one in spans if one.parent_span_id == span.span_id]
    assert [attributes(one).get("error.type") for one in attempts] == ["overloaded", None]
    assert attempts[0].end_time_unix_nano <= attempts[1].start_time_unix_nano <= first.time_unix_nano
    assert [event.name for event in answers[stopped].events] == ["first character", "interrupted"]
    assert attributes(answers[failed])["error.type"] == "authentication"
    told = b"".join(body for _, body in taken)
    assert (b"planted answer" in told) == (b"planted question" in told) == bool(content)
    assert b"sk-planted-key" not in told
    metrics = {
        metric.name
        for path, body in taken
        if path == "/v1/metrics"
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    assert {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"} <= metrics


def fail_with(said: str) -> None:
    raise ValueError("It failed.")


def test_sentry_gets_faults_and_not_what_was_said() -> None:
    with receiver() as (address, taken):
        report_errors(f"http://public@{address}/1")
        logging.getLogger("app").warning("A planted %s", "CRUMB")
        try:
            fail_with("planted question")
        except ValueError:
            logging.getLogger("app").exception("A handler failed")
        finally:
            sentry_sdk.flush(30)
            sentry_sdk.init()  # the other tests tell nobody
    (envelope,) = [body.decode() for path, body in taken if path == "/api/1/envelope/"]
    assert "ValueError" in envelope
    assert "fail_with" in envelope
    assert '"vars"' not in envelope
    assert "planted CRUMB" not in envelope


def test_a_dsn_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(SettingsError, match="SENTRY_DSN"):
        report_errors("no address")


def test_a_collector_that_is_not_there_costs_nothing(tmp_path: Path) -> None:
    with Upstream() as upstream:
        upstream.script("scripted", Script(text=TEXT))
        with AppServer(tmp_path, **settings(upstream, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")) as server:
            ask(server.url)
            assert json.loads(httpx.get(f"{server.url}/readyz", trust_env=False).text) == {"status": "ready"}
