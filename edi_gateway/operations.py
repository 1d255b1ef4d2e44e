"""
Actions that change the ledger, wherever they are asked for.

A command performs its action itself when no service runs, and hands it to the running service
otherwise; both end here.
"""

from __future__ import annotations

import base64
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from edi_gateway.config import Settings
from edi_gateway.control import Reply, Request, account_name, ask_service
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.catalogues import send_catalogue
from edi_gateway.exchange.operator import ACTIONS, NotPossible
from edi_gateway.exchange.packages.forms import Progress, is_large, no_progress
from edi_gateway.exchange.packages.onboarding import (
    Import,
    adopt,
    folder_files,
    import_package,
    stage,
)
from edi_gateway.gateway import AlreadyRunning, Gateway, open_gateway
from edi_gateway.logs import set_up_logs
from edi_gateway.store import StepLost, staging


def change(settings: Settings, request: Request) -> Reply:
    """Perform a request here, or let the running service perform it; return its result."""
    request = {**request, "who": account_name(os.getuid())}
    try:
        with open_gateway(settings) as gateway:
            set_up_logs(settings.gateway.log_level)
            result = perform(gateway, request)
            gateway.runner.process_all()
            for name in gateway.connectors:
                gateway.runner.deliver(name)
            return result
    except (AlreadyRunning, PermissionError):
        return ask_service(settings.path(settings.gateway.data), request)


def perform(gateway: Gateway, request: Request) -> Reply:
    """
    Perform one request in the process that holds the data directory.

    `{"action": "release", "item": "m12", "reason": "...", "who": "..."}`, `{"action":
    "partner-import", "files": {name: base64}}` (or `"staged": folder` for a large one), `{"action":
    "catalogue-send", "partner": "acme"}`, or `{"action": "poll"}`. `HeldError` where what it is about
    moved meanwhile, or never was in the state it needs.
    """
    try:
        result = _perform(gateway, str(request.get("action")), request)
    except StepLost as lost:
        raise NotPossible(f"Nothing was done: {lost}.", remedy="Use `show` on it.") from lost
    gateway.runner.wake()
    return result


def _perform(gateway: Gateway, action: str, request: Request) -> Reply:
    who = str(request.get("who") or "operator")
    if action == "partner-import":
        return _import(gateway, request, who)
    if action == "catalogue-send":
        return _send_catalogue(gateway, str(request.get("partner")), who)
    if action == "poll":
        for name in gateway.connectors:
            gateway.runner.poll(name)
        return {"text": "every connector was polled"}
    if action in ACTIONS:
        reason = str(request.get("reason") or "").strip()
        if not reason:
            raise ConfigError(f"{action} needs a reason: --reason TEXT")
        text = ACTIONS[action](gateway.place, str(request.get("item")), reason, who)
        return {"item": request.get("item"), "action": action, "text": text}
    raise ConfigError(f"there is no action {action!r}")


def _import(gateway: Gateway, request: Request, who: str) -> Reply:
    origin = str(request.get("origin", ""))
    effective = _moment(request.get("effective"))
    place = gateway.place
    if "staged" in request:
        folder = place.store.data / "staged" / Path(str(request["staged"])).name
        return _shown(adopt(place, folder, origin=origin, who=who, effective=effective))
    files = {name: base64.b64decode(text) for name, text in request["files"].items()}
    return _shown(import_package(place, files, origin=origin, who=who, effective=effective))


def _shown(done: Import) -> Reply:
    return {
        name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for name, value in asdict(done).items()
    }


def _send_catalogue(gateway: Gateway, partner: str, who: str) -> Reply:
    agreement = gateway.place.partners.get(partner)
    if agreement is None:
        raise ConfigError(f"there is no partner {partner!r}; `edi-gateway partner list` names them")
    number, articles = send_catalogue(gateway.place, agreement, who)
    text = f"catalogue {number} of {partner}: {articles} articles are on their way"
    return {"partner": partner, "number": number, "text": text}


def _moment(text: object) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text))


def import_folder(
    settings: Settings,
    folder: Path,
    *,
    effective: datetime | None = None,
    progress: Progress = no_progress,
) -> Reply:
    """
    Put the package in a folder in force, now or from a moment on, here or in the running service.

    A large one is read and indexed here, beside the service, which is handed the folder it lies in.
    """
    files = folder_files(folder)
    request: Request = {"action": "partner-import", "origin": str(folder)}
    if effective is not None:
        request["effective"] = effective.isoformat()
    if not is_large(files):
        encoded = {
            name: base64.b64encode(file.read_bytes()).decode("ascii")
            for name, file in files.items()
        }
        return change(settings, {**request, "files": encoded})
    data = settings.path(settings.gateway.data)
    if data.exists() and not os.access(data, os.W_OK):
        raise ConfigError(
            f"{folder}: a package of this size is imported by the service's own user, who may "
            f"write in {data}; run the command as that user"
        )
    with staging(data) as staged:
        stage(files, staged, origin=str(folder), progress=progress)
        progress("putting in force", 0, 1)
        result = change(settings, {**request, "staged": staged.name})
        progress("putting in force", 1, 1)
        return result
