"""Every expression of the dashboard and of the alert rules asks for what `/metrics` really tells."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.persistence.counting import Fault
from app.runtime import Runtime
from tests.integration.api.conftest import send, whole
from tests.upstream import Fault as UpstreamFault
from tests.upstream import FaultKind, Script, Upstream

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "grafana"
PROMETHEUS_OWN = {"up"}
VARIABLES = {"$__rate_interval": "5m", "$provider": ".*", "$model": ".*"}


def expressions() -> dict[str, str]:
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    found = {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    found |= {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"]}
    for name, text in found.items():
        for variable, value in VARIABLES.items():
            text = text.replace(variable, value)
        found[name] = text
    return found


def selectors(node: Any) -> Iterator[Any]:
    """Give every selector of series in a parsed expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("args", "expr", "lhs", "rhs", "param", "vector_selector"):
        child = getattr(node, name, None)
        for one in child if isinstance(child, list) else [child]:
            if one is not None and not isinstance(one, str | int | float):
                yield from selectors(one)


async def told(api: httpx.AsyncClient, services: Runtime, upstream: Upstream) -> dict[str, set[str]]:
    """Let everything happen once, and give the names of the series with their labels."""
    upstream.script("scripted", Script(chars_per_second=200))
    await whole(api, await send(api))
    upstream.script("scripted", Script(fault=UpstreamFault(FaultKind.STATUS, status=401)))
    await whole(api, await send(api))
    upstream.script("scripted", Script(hold_after_chars=3))
    held = await send(api)
    await api.post(f"/api/v1/runs/{held['run_id']}/interrupt")
    await whole(api, held)
    services.usage.used(services.local_user_id, "pause")
    services.usage.failed(Fault("TypeError", "browser", "").kind, "browser")
    services.usage.exposition.note_measures(
        "openai", "scripted", {"cost_usd": 0.1, "server_delay_ms": 3, "seen_delay_ms": 9}
    )
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families((await api.get("/metrics")).text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


async def test_no_panel_and_no_alert_names_what_is_not_told(
    api: httpx.AsyncClient, services: Runtime, upstream: Upstream
) -> None:
    series = await told(api, services, upstream)
    asked = expressions()
    assert len(asked) >= 20
    for title, text in asked.items():
        found = list(selectors(promql_parser.parse(text)))
        assert found, title
        for selector in found:
            if selector.name in PROMETHEUS_OWN:
                continue
            assert selector.name in series, f"{title}: {selector.name}"
            labels = {matcher.name for matcher in selector.matchers.matchers}
            grouped = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", text))))
            assert labels <= series[selector.name], f"{title}: {labels}"
            assert grouped <= series[selector.name], f"{title}: {grouped}"


def test_a_wrong_name_would_be_found() -> None:
    (selector,) = selectors(promql_parser.parse("sum(rate(rivulet_gone_total[5m])) > 1"))
    assert selector.name == "rivulet_gone_total"


@pytest.mark.parametrize("title", sorted(expressions()))
def test_every_expression_can_be_read(title: str) -> None:
    promql_parser.parse(expressions()[title])
