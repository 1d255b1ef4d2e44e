"""The door to the running service: who asks is what the operating system says."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.control import ControlServer, ask_service
from edi_gateway.errors import ConfigError

ME = pwd.getpwuid(os.getuid()).pw_name
MY_GROUP = grp.getgrgid(os.getgid()).gr_name


@contextmanager
def serving(data: Path, group: str | None = None) -> Iterator[None]:
    server = ControlServer(data, lambda request: {"heard": request}, group=group)
    server.start()
    try:
        yield
    finally:
        server.stop()


def mode(data: Path) -> int:
    return stat.S_IMODE((data / "control.sock").stat().st_mode)


@pytest.mark.parametrize("claim", [{}, {"who": "alice"}], ids=["no claim", "a false claim"])
def test_whoever_is_claimed_it_is_the_account_that_asks(
    tmp_path: Path, claim: dict[str, Any]
) -> None:
    with serving(tmp_path):
        reply = ask_service(tmp_path, {"action": "approve", **claim})

    assert reply["heard"] == {"action": "approve", "who": ME}


def test_only_the_services_own_account_may_ask(tmp_path: Path) -> None:
    with serving(tmp_path):
        assert mode(tmp_path) == 0o600


def test_the_members_of_a_group_may_ask_where_one_is_named(tmp_path: Path) -> None:
    with serving(tmp_path, MY_GROUP):
        assert mode(tmp_path) == 0o660
        assert (tmp_path / "control.sock").stat().st_gid == os.getgid()


def test_a_group_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gateway\.operators: 'nobody-has-this'"):
        ControlServer(tmp_path, lambda request: {}, group="nobody-has-this").start()
