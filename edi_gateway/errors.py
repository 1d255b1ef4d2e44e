"""
What can go wrong, grouped by what the gateway does next.

Refuse to start (`ConfigError`), try again later (`TransientError`), or wait for an operator
(`HeldError`). Anything else that escapes is a bug and is caught in one place, the job wrapper in
`runner.py`. What the partner is told is none of these: a fault of a file is a `Fault`
(`formats/interchange`), a departure from the contract a finding (`contract/rules`), and all of them
are collected.
"""

from __future__ import annotations


class GatewayError(Exception):
    """Base of everything we raise on purpose."""


class ConfigError(GatewayError):
    """
    The gateway refuses to start, or a package is refused as a whole; exit status 2.

    `faults` holds one sentence per fault, each naming file, place and remedy.
    """

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class LedgerFailed(GatewayError):
    """The database failed under us (disk full, I/O error): the process ends, a restart recovers."""


class TransientError(GatewayError):
    """Try again later, with back-off."""


class ConnectionFailed(TransientError):
    """The network, the SSH session, or the remote file system failed."""


class StoreBusy(TransientError):
    """The ledger stayed locked longer than we wait."""


class HeldError(GatewayError):
    """
    Wait for an operator.

    `code` is the stable name of the reason, listed in `docs/operating.md`; `remedy` says what to do.
    """

    code = "held"
    remedy = "Look at the message and release, refuse or discard it."

    def __init__(self, text: str, *, code: str | None = None, remedy: str | None = None) -> None:
        super().__init__(text)
        self.code = code or self.code
        self.remedy = remedy or self.remedy

    @property
    def advice(self) -> str:
        """What is wrong and what to do, as sentences."""
        text = str(self)
        return f"{text}{'' if text.endswith(('.', '!', '?')) else '.'} {self.remedy}"


class UnreadableFile(HeldError):
    """Not EDI at all, so there is nobody to answer."""

    code = "unreadable-file"
    remedy = "Ask the partner for the file again, or discard it with a reason."


class UnknownPartner(HeldError):
    """The sender is not configured, or may not use this connector."""

    code = "unknown-sender"
    remedy = "Import the partner's package, or correct its identifiers, then release the file."


class NoAgreement(HeldError):
    """The message type is not agreed with this partner."""

    code = "no-agreement"
    remedy = "Agree the message type with the partner, or discard the message with a reason."


class NoContract(HeldError):
    """No terms apply to the order."""

    code = "no-contract"
    remedy = "Import the contract that applies, then release the message."


class DeliveryConflict(HeldError):
    """The target name holds other content at the partner's side."""

    code = "target-exists"
    remedy = "Find out who wrote the file there; move it away, then resend the delivery."
