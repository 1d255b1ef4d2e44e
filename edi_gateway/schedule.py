"""
Which job runs when (APScheduler): one poll for each connector, by interval or cron, and the watch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from edi_gateway.config import FolderSettings, Settings, SftpSettings

#: How often a connector is polled when its configuration says nothing.
DEFAULT_INTERVAL_SECONDS = 10.0
#: How often we look for acknowledgements that are late.
WATCH_SECONDS = 60


def build_scheduler(
    settings: Settings, poll: Callable[[str], None], watch: Callable[[], None]
) -> BackgroundScheduler:
    """
    Return a scheduler, not yet started, that calls `poll(name)` for each connector, and `watch`.

    Runs of one connector never overlap; polls missed meanwhile are made up for by one.
    """
    scheduler = BackgroundScheduler(
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, connector in settings.connectors.items():
        scheduler.add_job(
            poll,
            trigger_of(connector, settings.gateway.timezone),
            args=[name],
            id=name,
            next_run_time=datetime.now(UTC),
        )
    scheduler.add_job(
        watch,
        IntervalTrigger(seconds=WATCH_SECONDS, timezone=UTC),
        id="watch",
        next_run_time=datetime.now(UTC),
    )
    return scheduler


def trigger_of(
    connector: FolderSettings | SftpSettings, timezone: str
) -> CronTrigger | IntervalTrigger:
    """The schedule of one connector, its time zone explicit."""
    if connector.cron is not None:
        zone = ZoneInfo(connector.timezone or timezone)
        return CronTrigger.from_crontab(connector.cron, timezone=zone)
    seconds = connector.interval_seconds or DEFAULT_INTERVAL_SECONDS
    return IntervalTrigger(seconds=seconds, timezone=UTC)
