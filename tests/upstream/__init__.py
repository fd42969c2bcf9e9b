"""A loopback model server that speaks two wire formats and fails on demand."""

from tests.upstream.script import Fault, FaultKind, Script
from tests.upstream.server import RequestRecord, Upstream, closed_port

__all__ = ["Fault", "FaultKind", "RequestRecord", "Script", "Upstream", "closed_port"]
