"""The figures of this process for Prometheus, in the registry of one runtime."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.monitoring.facts import AnswerFacts
from app.monitoring.measures import BY_NAME, MEASURES, Measure, Unit

MOST_MODELS = 50
OTHERS = "other"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MILLI = 1000


class Exposition:
    """Counts for `/metrics`. A label has no more values than the program knows, and at most `MOST_MODELS` models."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._models: set[tuple[str, str]] = set()
        self._answers = self._counter("rivulet_answers", "Ended answers.", ("provider", "model", "mode", "status"))
        self._interrupted = self._counter(
            "rivulet_interruptions", "Answers that were stopped, by whom and in which phase.", ("by", "phase")
        )
        self._failures = self._counter("rivulet_failures", "Answers that failed, by what.", ("provider", "code"))
        self._attempt_failures = self._counter(
            "rivulet_attempt_failures", "Requests of providers that failed, by what.", ("provider", "code")
        )
        self._uses = self._counter("rivulet_uses", "What users have done.", ("what",))
        self._faults = self._counter("rivulet_faults", "Faults beside the answers.", ("place", "kind"))
        self._cost = self._counter(
            "rivulet_cost_dollars", "Cost of answers whose price is known.", ("provider", "model")
        )
        self._histograms = {measure.name: self._histogram(measure) for measure in MEASURES if measure.bounds}

    def watch(self, name: str, about: str, value: Callable[[], float]) -> None:
        """Show a value as it is when somebody asks."""
        Gauge(f"rivulet_{name}", about, registry=self.registry).set_function(value)

    def note_answers(self, answers: Iterable[AnswerFacts]) -> None:
        """Count ended answers."""
        for facts in answers:
            provider, model = self._bounded(facts.provider, facts.model)
            self._answers.labels(provider, model, facts.mode or "none", facts.status.value).inc()
            if facts.ended_by:
                self._interrupted.labels(facts.ended_by, facts.stopped_in).inc()
            if facts.failure:
                self._failures.labels(provider, facts.failure).inc()
            for code in facts.attempt_failures:
                self._attempt_failures.labels(provider, code).inc()
            self.note_measures(facts.provider, facts.model, facts.measures)

    def note_measures(self, provider: str, model: str, measures: Mapping[str, float]) -> None:
        """Take in measures of an answer, or of a view of one."""
        provider, model = self._bounded(provider, model)
        for name, value in measures.items():
            if name == "cost_usd":
                self._cost.labels(provider, model).inc(value)
            elif histogram := self._histograms.get(name):
                histogram.labels(provider, model).observe(_in_base_unit(BY_NAME[name], value))

    def note_use(self, what: str, times: int = 1) -> None:
        """Count what a user has done."""
        self._uses.labels(what).inc(times)

    def note_fault(self, place: str, kind: str) -> None:
        """Count a fault beside the answers."""
        self._faults.labels(place, kind).inc()

    def text(self) -> bytes:
        """Give all of it in the text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, about: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    def _histogram(self, measure: Measure) -> Histogram:
        bounds = [_in_base_unit(measure, bound) for bound in measure.bounds]
        return Histogram(
            metric_name(measure), measure.about, ("provider", "model"), registry=self.registry, buckets=bounds
        )

    def _bounded(self, provider: str, model: str) -> tuple[str, str]:
        if (provider, model) not in self._models:
            if len(self._models) >= MOST_MODELS:
                return OTHERS, OTHERS
            self._models.add((provider, model))
        return provider, model


def metric_name(measure: Measure) -> str:
    """Name a measure as Prometheus wants it: with its base unit at the end."""
    if measure.unit is Unit.MILLISECONDS:
        return f"rivulet_answer_{measure.name.removesuffix('_ms')}_seconds"
    return f"rivulet_answer_{measure.name}"


def _in_base_unit(measure: Measure, value: float) -> float:
    return value / _MILLI if measure.unit is Unit.MILLISECONDS else value
