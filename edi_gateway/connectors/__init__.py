"""
Where files come from and go to. A connector moves bytes; it never looks inside them.

To add one: write a class that keeps `Connector`'s promises, add it to `CONNECTORS`, and add it to
`tests/connectors/test_any_connector.py`, which holds every connector to the same behaviour.
"""

from __future__ import annotations

from edi_gateway.connectors.folder import FolderConnector
from edi_gateway.connectors.protocol import Connector, HostKeyRefused, LoginRefused
from edi_gateway.connectors.sftp import SftpConnector
from edi_gateway.connectors.waiting import TEMPORARY, WaitingFile

__all__ = [
    "CONNECTORS",
    "TEMPORARY",
    "Connector",
    "FolderConnector",
    "HostKeyRefused",
    "LoginRefused",
    "SftpConnector",
    "WaitingFile",
]

#: The kinds of account a configuration may name.
CONNECTORS: dict[str, type] = {
    "folder": FolderConnector,
    "sftp": SftpConnector,
}
