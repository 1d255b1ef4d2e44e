"""structlog set-up: one line for each hop, for people on a terminal, JSON for machines."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logs(level: str = "info", *, as_json: bool | None = None) -> None:
    """Configure logging for the process. JSON unless standard error is a terminal."""
    render_json = not sys.stderr.isatty() if as_json is None else as_json
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if render_json else structlog.dev.ConsoleRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        # Standard error as it is then: who redirects it later gets the lines too.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
