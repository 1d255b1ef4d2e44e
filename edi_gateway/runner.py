"""
Who calls the main path: the threads of this one process, fed from the ledger.

The only place that catches everything: a bug in one piece of work is logged with its traceback and
holds that piece only.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from edi_gateway.connectors import Connector
from edi_gateway.errors import GatewayError, HeldError, LedgerFailed, TransientError
from edi_gateway.exchange.catalogues import send_due_catalogues
from edi_gateway.exchange.life.confirmations import settle_silence
from edi_gateway.exchange.life.parking import find_parked_too_long
from edi_gateway.exchange.settlement import find_overdue
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.pipeline import deliver, hold, process, take_in
from edi_gateway.store import StepLost, Transmission

log = structlog.get_logger()

#: What happens because time went by.
_CLOCKED = (find_overdue, settle_silence, find_parked_too_long, send_due_catalogues)


def attempt(work: Callable[[], object]) -> bool:
    """
    Run `work` and return True; on a bug log it and return False, so that the caller holds it.

    What we raise on purpose, a failing disk, and requests to end pass through.
    """
    try:
        work()
    except StepLost:
        log.info("step.lost")
    except (GatewayError, OSError, MemoryError):
        raise
    except Exception:
        log.exception("work.failed")
        return False
    return True


def keep_start_up() -> None:
    """
    Take what start-up made out of the garbage collector's sight: it lives as long as the process.

    Else each full collection would walk mappings, tables and libraries again, for nothing. Once in a
    process: what a service that ended in it left behind must stay in sight.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


@dataclass(slots=True)
class Pass:
    """What one round did."""

    taken: int = 0
    processed: int = 0
    sent: int = 0

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return self.taken + self.processed + self.sent == 0


class Runner:
    """Calls take-in, process and deliver for every connector; one thread at a time for each."""

    def __init__(
        self, place: Workplace, connectors: Mapping[str, Connector], stop: threading.Event
    ) -> None:
        self._place = place
        self._connectors = connectors
        self._stop = stop
        self._locks = {name: threading.Lock() for name in connectors}
        self._wake = threading.Event()
        self._failure: GatewayError | OSError | None = None

    # --- one round, in this thread -----------------------------------------------------------

    def run_pass(self) -> Pass:
        """Poll every connector, process everything, deliver everything, once."""
        done = Pass()
        for name in self._connectors:
            done.taken += self.poll(name)
        done.processed = self.process_all()
        self._look_at_clock()
        for name in self._connectors:
            done.sent += self.deliver(name)
        return done

    def run_until_idle(self, pause_seconds: float) -> None:
        """Go round until two looks in a row, `pause_seconds` apart, find nothing to do."""
        quiet = 0
        while quiet < 2 and not self._stop.is_set():
            done = self.run_pass()
            waiting = any(connector.look() for connector in self._connectors.values())
            quiet = quiet + 1 if done.idle and not waiting else 0
            if quiet < 2:
                self._stop.wait(pause_seconds)

    def poll(self, name: str) -> int:
        """Take in what waits at one connector; a failing account does not stop the others."""
        return self._with_connector(name, lambda c: take_in(self._place, c), "poll.failed")

    def deliver(self, name: str) -> int:
        """Send what is due through one connector."""
        return self._with_connector(name, lambda c: deliver(self._place, c), "delivery.failed")

    def _with_connector(self, name: str, work: Callable[[Connector], int], failed: str) -> int:
        counted = 0

        def count() -> None:
            nonlocal counted
            counted = work(self._connectors[name])

        with self._locks[name]:
            try:
                attempt(count)
            except TransientError as error:
                log.warning(failed, connector=name, reason=str(error))
            except HeldError as error:
                log.warning(failed, connector=name, code=error.code, reason=str(error))
            finally:
                with suppress(TransientError):
                    self._connectors[name].close()
        return counted

    def process_all(self) -> int:
        """Process every transmission that has something to do; return how many there were."""
        waiting = self._place.store.unprocessed()
        for transmission in waiting:
            if self._stop.is_set():
                break
            self._process(transmission)
        return len(waiting)

    def _process(self, transmission: Transmission) -> None:
        try:
            if not attempt(lambda: process(self._place, transmission)):
                bug = HeldError(
                    "The gateway failed on this file; the log holds the traceback.",
                    code="internal-error",
                    remedy="Report it, then release the file after an update.",
                )
                hold(self._place, transmission, bug)
        except TransientError as error:
            log.warning("process.postponed", transmission=transmission.id, reason=str(error))

    # --- the service -------------------------------------------------------------------------

    def poll_and_wake(self, name: str) -> None:
        """The scheduler's job for one connector."""
        with self._failing_service():
            self.poll(name)
            self.deliver(name)
        self._wake.set()

    def watch(self) -> None:
        """The scheduler's job for what is late, and for catalogues that are due."""
        with self._failing_service():
            self._look_at_clock()
        self._wake.set()

    def _look_at_clock(self) -> None:
        """Let what waited too long have its consequence."""
        for look in _CLOCKED:
            attempt(partial(look, self._place))

    def wake(self) -> None:
        """Look for work now instead of at the next poll."""
        self._wake.set()

    def serve(self) -> None:
        """
        Process and deliver whenever woken, until the stop event is set.

        Raises what made the service end, if it was not asked to.
        """
        with ThreadPoolExecutor(max_workers=max(1, len(self._connectors))) as threads:
            while not self._stop.is_set():
                with self._failing_service():
                    self.process_all()
                    list(threads.map(self._deliver_in_service, self._connectors))
                self._wake.wait(timeout=1)
                self._wake.clear()
        if self._failure is not None:
            raise self._failure

    def _deliver_in_service(self, name: str) -> None:
        if self._locks[name].locked():
            return  # Its poll is under way and delivers at its end.
        with self._failing_service():
            self.deliver(name)

    def _failing_service(self) -> _EndsService:
        return _EndsService(self)

    def fail(self, error: GatewayError | OSError) -> None:
        """End the service: going on after a failed disk would promise what is not so."""
        log.error("service.failed", reason=str(error))
        self._failure = error
        self._stop.set()
        self._wake.set()


class _EndsService:
    """A failing ledger or disk ends the service; a lock that lasts too long does not."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, (LedgerFailed, OSError)):
            self._runner.fail(error)
            return True
        if isinstance(error, GatewayError):
            log.warning("work.postponed", reason=str(error))
            return True
        return False
