"""What `convert` tells people: what was not converted, and what was lost on the way."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from edi_gateway.cli.output import printable
from edi_gateway.conversion import Conversion, Converted
from edi_gateway.formats.interchange import Fault

#: Longer values are cut; --report holds them whole.
_LONGEST = 60

#: Values told for each message; --report holds all.
_MOST = 40


def show_conversion(done: Conversion) -> Iterator[Text]:
    """Yield what is to be known about a conversion; nothing but a count when it is whole."""
    for fault in done.faults:
        yield from _fault(fault, "")
    for message in done.messages:
        yield from _message(message)
    converted = sum(message.converted for message in done.messages)
    whole = sum(message.whole for message in done.messages)
    plural = "" if len(done.messages) == 1 else "s"
    text = f"{converted:,} of {len(done.messages):,} message{plural} converted, {whole:,} whole."
    yield Text(text, "bold green" if done.whole else "bold yellow")


def _message(message: Converted) -> Iterator[Text]:
    if message.whole:
        return
    name = printable(f"message {message.reference}, {message.type} {message.release}".rstrip())
    if not message.converted:
        yield Text(f"{name}: not converted", "bold red")
        if message.reason:
            yield Text(f"  {printable(message.reason)}")
        for fault in message.faults:
            yield from _fault(fault, "  ")
        return
    lost = [(lost.text, lost.value) for lost in message.uncarried]
    lost += [
        (
            f"{other.field}: the target "
            + (f"says {other.written!r}" if other.written else "has no place for it"),
            other.value,
        )
        for other in message.unwritten
    ]
    yield Text(f"{name}: converted, without {len(lost):,} of its values", "bold yellow")
    for text, value in lost[:_MOST]:
        yield Text(f"  {printable(text)}: ") + Text(_short(value), "yellow")
    if len(lost) > _MOST:
        yield Text(f"  ... {len(lost) - _MOST:,} more; --report FILE lists them all ...", "dim")


def _fault(fault: Fault, indent: str) -> Iterator[Text]:
    yield Text(f"{indent}{fault.code} (0085: {fault.edifact_code}): {printable(fault.text)}")
    yield Text(f"{indent}{printable(fault.remedy)}")


def _short(value: str) -> str:
    shown = printable(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
