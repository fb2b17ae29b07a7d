"""Structured logs: past-tense event names, ids and counts, never what a person wrote.

Fields are chosen from a short list, so that a text cannot slip in by mistake.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

ALLOWED_FIELDS = frozenset(
    {
        "event", "level", "timestamp", "process", "code", "count", "door", "step", "kind",
        "conversation_id", "message_id", "escalation_id", "staff_id", "job_id", "task",
        "complaint_id",
        "milliseconds", "status", "reason", "error_type", "attempt", "epoch", "port", "service",
    }
)  # fmt: skip
"""Names that a log line may carry; everything else is dropped by `_only_allowed`."""


def _only_allowed(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED_FIELDS}


def configure_logs(process: str) -> None:
    """Sets up logging for one process. Writes JSON lines to standard error.

    Libraries are kept at WARNING and their messages are replaced by the name of
    the logger: a library's warning may quote what it was given.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(handlers=[_NamesOnly()], level=logging.WARNING, force=True)


class _NamesOnly(logging.Handler):
    """Passes on which library complained and with what kind of error, but not its words."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log().warning(
            "library_warned", service=record.name, status=record.levelname, error_type=error
        )


def log() -> structlog.typing.FilteringBoundLogger:
    """The logger. Events are past-tense names: ``log().info("message_accepted", ...)``."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
