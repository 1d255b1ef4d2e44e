"""config.toml -> Settings, or a refusal that names every faulty key."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from edi_gateway.errors import ConfigError


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CompanySettings(_Table):
    """`[company]`: who runs the gateway; the supplier in every order."""

    name: str
    gln: str = Field(pattern=r"^\d{13}$")
    interchange_id: str
    interchange_qualifier: str = "14"
    vat_number: str | None = None
    siren: str | None = None
    siret: str | None = None
    legal_form: str | None = None
    capital: str | None = None
    register_: str | None = Field(default=None, alias="register")
    iban: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    country: str | None = None


class GatewaySettings(_Table):
    """`[gateway]`: where the ledger lies, and which clock dates our documents."""

    #: Folder of ledger and archive.
    data: Path = Path("data")
    #: Folder of mappings laid over those that came with the program.
    mappings: Path = Path("mappings")
    timezone: str = "Europe/Paris"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: Months in which a partner's interchange reference must not come twice.
    reference_months: int = Field(default=12, ge=1, le=120)
    #: A group of this machine whose members may hand their actions to the running service.
    operators: str | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone such as Europe/Paris") from error
        return value


class LimitSettings(_Table):
    """`[limits]`: a file beyond them is archived unread and held."""

    interchange_megabytes: int = Field(default=150, ge=1, le=2000)
    messages: int = Field(default=100_000, ge=1)


class ErpSettings(_Table):
    """`[erp]`: what may come from the company's own ERP."""

    #: A partner package the ERP sends is applied at once, or held for an operator.
    partner_packages: Literal["apply", "hold"] = "hold"


class _Schedule(_Table):
    #: Seconds between two polls; not together with `cron`.
    interval_seconds: float | None = Field(default=None, ge=0.1)
    #: Five fields, as in `*/5 6-22 * * mon-fri`.
    cron: str | None = None
    #: Time zone of `cron`; that of `[gateway]` unless given.
    timezone: str | None = None
    #: A file is taken when it did not change between two looks this far apart.
    settle_seconds: float = Field(default=2.0, ge=0)
    #: A file is taken when one of the same name with this suffix is there, e.g. ".ok".
    trigger: str | None = None
    #: Names that are never taken, beside hidden ones; shell patterns.
    temporary: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _one_schedule(self) -> _Schedule:
        if self.interval_seconds is not None and self.cron is not None:
            raise ValueError("give interval_seconds or cron, not both")
        return self


class FolderSettings(_Schedule):
    """`[connectors.NAME]` with `type = "folder"`."""

    type: Literal["folder"]
    inbound: Path
    outbound: Path
    #: The partner the folder belongs to; without it each subfolder belongs to the partner of
    #: that name.
    partner: str | None = None
    #: Where taken files are moved; without it they are deleted (the archive keeps them).
    done: Path | None = None


class SftpSettings(_Schedule):
    """`[connectors.NAME]` with `type = "sftp"`: one partner's account."""

    type: Literal["sftp"]
    partner: str
    host: str
    port: int = Field(default=22, ge=1, le=65535)
    username: str
    #: The server's keys as in a known_hosts line: "ssh-ed25519 AAAA...". Required.
    host_key: str | tuple[str, ...]
    #: `env:NAME` or `file:PATH`.
    key: str | None = None
    key_passphrase: str | None = None
    password: str | None = None
    #: The partner's folders as seen after login.
    inbound: str
    outbound: str
    done: str | None = None
    prefetch: bool = True
    rename: Literal["rename", "posix-rename", "none"] = "rename"
    connect_seconds: float = Field(default=15, gt=0)
    operation_seconds: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _can_log_in(self) -> SftpSettings:
        if self.key is None and self.password is None:
            raise ValueError("give key or password, as env:NAME or file:PATH")
        return self


ConnectorSettings = Annotated[FolderSettings | SftpSettings, Field(discriminator="type")]


class Settings(_Table):
    """The whole of config.toml. `base` is its folder; relative paths start there."""

    base: Path
    company: CompanySettings
    gateway: GatewaySettings = GatewaySettings()
    limits: LimitSettings = LimitSettings()
    erp: ErpSettings = ErpSettings()
    #: `[roles]`: the accounts on this machine that may approve orders for each role.
    roles: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    connectors: dict[str, ConnectorSettings] = Field(min_length=1)

    @model_validator(mode="after")
    def _partners_once(self) -> Settings:
        owners = [c.partner for c in self.connectors.values() if c.partner is not None]
        for partner in owners:
            if owners.count(partner) > 1:
                raise ValueError(f"connectors: two of them belong to partner {partner!r}")
        shared = [n for n, c in self.connectors.items() if c.partner is None]
        if len(shared) > 1:
            raise ValueError(f"connectors: only one may have no partner, not {', '.join(shared)}")
        return self

    def path(self, path: Path) -> Path:
        """A path of the configuration, relative to its file."""
        return path if path.is_absolute() else self.base / path

    def secret(self, reference: str | None) -> str | None:
        """Resolve `env:NAME` or `file:PATH`; `ConfigError` that never shows a value."""
        if reference is None:
            return None
        kind, _, where = reference.partition(":")
        if kind == "env" and where in os.environ:
            return os.environ[where]
        if kind == "env":
            raise ConfigError(f"config: {reference}: the environment has no {where}")
        if kind != "file":
            raise ConfigError("config: a secret is written as env:NAME or file:PATH")
        try:
            return self.path(Path(where)).read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise ConfigError(f"config: {reference}: {error.strerror}") from error


def load_settings(file: Path) -> Settings:
    """Read config.toml; `ConfigError` with one sentence for every fault."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{file}: there is no such file; give it with --config FILE") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from error
    try:
        return Settings.model_validate({**table, "base": file.resolve().parent})
    except ValidationError as error:
        raise ConfigError(*(_sentence(file, fault) for fault in error.errors())) from error


def _sentence(file: Path, fault: Any) -> str:
    place = [str(part) for part in fault["loc"] if part not in {"folder", "sftp"}]
    text = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        text = f"there is no such key{_did_you_mean(place[-1])}"
    elif fault["type"] == "missing":
        text = "is required"
    # The value is not shown: it may be a secret that was written into the file by mistake.
    return f"{file.name}: {'.'.join(place)}: {text}" if place else f"{file.name}: {text}"


def _did_you_mean(key: str) -> str:
    names = [
        field.alias or name
        for table in (
            CompanySettings,
            GatewaySettings,
            LimitSettings,
            ErpSettings,
            FolderSettings,
            SftpSettings,
            Settings,
        )
        for name, field in table.model_fields.items()
    ]
    near = difflib.get_close_matches(key, names, n=1)
    return f"; did you mean {near[0]}?" if near else ""
