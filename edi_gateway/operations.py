"""
Actions that change the ledger, wherever they are asked for.

A command performs its action itself when no service runs, and hands it to the running service
otherwise; both end here.
"""

from __future__ import annotations

import base64
import os
from typing import Any

from edi_gateway.config import Settings
from edi_gateway.control import Reply, Request, account_name, ask_service
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.catalogues import preview_catalogue, price_rows, send_catalogue
from edi_gateway.exchange.onboarding import import_package
from edi_gateway.exchange.operator import ACTIONS
from edi_gateway.gateway import AlreadyRunning, Gateway, open_gateway


def change(settings: Settings, request: Request) -> Reply:
    """Perform a request here, or let the running service perform it; return its result."""
    request = {**request, "who": account_name(os.getuid())}
    try:
        with open_gateway(settings) as gateway:
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
    "partner-import", "files": {name: base64}}`, `{"action": "catalogue-send", "partner": "acme"}`,
    or `{"action": "poll"}`.
    """
    action = str(request.get("action"))
    who = str(request.get("who") or "operator")
    if action == "partner-import":
        result = _import(gateway, request, who)
    elif action in {"catalogue-show", "catalogue-send"}:
        result = _catalogue(gateway, str(request.get("partner")), who, action == "catalogue-send")
    elif action == "poll":
        for name in gateway.connectors:
            gateway.runner.poll(name)
        result = {"text": "every connector was polled"}
    elif action in ACTIONS:
        reason = str(request.get("reason") or "").strip()
        if not reason:
            raise ConfigError(f"{action} needs a reason: --reason TEXT")
        text = ACTIONS[action](gateway.place, str(request.get("item")), reason, who)
        result = {"item": request.get("item"), "action": action, "text": text}
    else:
        raise ConfigError(f"there is no action {action!r}")
    gateway.runner.wake()
    return result


def _import(gateway: Gateway, request: Request, who: str) -> Reply:
    files = {name: base64.b64decode(text) for name, text in request["files"].items()}
    done = import_package(gateway.place, files, origin=str(request.get("origin", "")), who=who)
    result: dict[str, Any] = {
        "partner": done.partner,
        "version": done.version,
        "changed": done.changed,
        "articles": done.articles,
        "prices": done.prices,
    }
    return result


def _catalogue(gateway: Gateway, partner: str, who: str, is_sent: bool) -> Reply:
    agreement = gateway.place.partners.get(partner)
    if agreement is None:
        raise ConfigError(f"there is no partner {partner!r}; `edi-gateway partner list` names them")
    if is_sent:
        sent = send_catalogue(gateway.place, agreement, who)
        text = f"catalogue {sent.number} of {partner}: {len(sent.lines)} articles are on their way"
        return {"partner": partner, "number": sent.number, "text": text}
    shown = preview_catalogue(gateway.place, agreement)
    return {"partner": partner, "articles": len(shown.lines), "prices": price_rows(shown)}


def package_request(files: dict[str, bytes], origin: str) -> Request:
    """The request that imports a package."""
    encoded = {name: base64.b64encode(data).decode("ascii") for name, data in files.items()}
    return {"action": "partner-import", "files": encoded, "origin": origin}
