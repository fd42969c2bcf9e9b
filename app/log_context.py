"""Of which answer, and whose, something is said in the log: known to every task that works for it."""

from contextvars import ContextVar

run_id: ContextVar[str] = ContextVar("run_id", default="")
user_id: ContextVar[str] = ContextVar("user_id", default="")
