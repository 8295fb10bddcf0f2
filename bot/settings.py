"""Environment to frozen Settings. Every problem is reported at once; secrets are masked."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import SettingsError

PREFIX = "UNKNOT_"


class Settings(BaseSettings):
    """All settings, from the environment or a .env file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        # A line of .env that was left empty must not hide the secret that lies in a file.
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    token: SecretStr | None = Field(None, description="The bot's token from BotFather.")
    data: Path = Field(Path("data"), description="Folder in which users' records are kept.")
    key: SecretStr | None = Field(
        None, description="The key of the data, in place of a key file; older ones after commas."
    )
    key_file: Path | None = Field(
        None,
        description="File with the key of the data; made beside the data folder when left out.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="A PostgreSQL database for the records, in place of the folder"
        " (postgresql://...).",
    )
    operator: str = Field(
        "", description="Who runs this bot and how to reach them; shown by /privacy."
    )
    knowledge: Path | None = Field(
        None, description="Folder of the knowledge base, when not the one that came along."
    )
    api_url: str = Field(
        "https://api.telegram.org/bot",
        description="Where the Bot API is, for a local Bot API server.",
        pattern=r"^https?://",
    )
    webhook_url: str | None = Field(
        None,
        description="Where Telegram finds the bot (https://...), in place of polling for updates.",
        pattern=r"^($|https?://[^/]+)",
    )
    webhook_secret: SecretStr | None = Field(
        None,
        description="By what Telegram shows itself there: 1 to 256 of A-Z a-z 0-9 _ -;"
        " made from the token when left out.",
    )
    listen: str = Field(
        "127.0.0.1:8080",
        description="Address and port for the webhook, behind a proxy that speaks https.",
        pattern=r"^.+:[0-9]{1,5}$",
    )
    poll_seconds: int = Field(
        25, description="How long one request for updates waits, in seconds.", ge=0, le=50
    )
    tick_seconds: int = Field(
        30, description="Longest time between two looks at who is due, in seconds.", ge=1, le=300
    )
    log_level: str = Field(
        "INFO",
        description="DEBUG, INFO, WARNING or ERROR.",
        pattern=r"^(DEBUG|INFO|WARNING|ERROR)$",
    )
    log_format: str = Field(
        "text",
        description="text, or json: one object a line.",
        pattern=r"^(text|json)$",
    )
    status_port: int = Field(
        0,
        description="Port of /healthz, /readyz and /metrics; 0 for none.",
        ge=0,
        le=65535,
    )
    status_host: str = Field(
        "127.0.0.1", description="Address of that port; by default only this computer can ask."
    )
    secrets: Path | None = Field(
        None,
        description="Folder with secrets as files, each named as its setting: unknot_token.",
    )

    @field_validator("webhook_secret")
    @classmethod
    def _one_that_telegram_takes(cls, given: SecretStr | None) -> SecretStr | None:
        if given is None or not given.get_secret_value():
            return None
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", given.get_secret_value()):
            raise ValueError("use 1 to 256 of the characters A-Z a-z 0-9 _ -")
        return given


def load() -> Settings:
    """The settings; raises SettingsError that lists every problem.

    A secret may stand in a file of its own: what the environment says goes before it.
    """
    try:
        settings = Settings(_secrets_dir=_secrets())
    except ValidationError as error:
        problems = [
            f"{PREFIX}{str(detail['loc'][0]).upper()}: {detail['msg']}; see .env.example"
            for detail in error.errors(include_input=False)
        ] + unknown()
        raise SettingsError("\n".join(problems)) from None
    return settings


def _secrets() -> Path | None:
    """The folder of secrets, which must be known before the settings can be read."""
    name = f"{PREFIX}SECRETS"
    given = os.environ.get(name) or dotenv_values(".env").get(name)
    if not given:
        return None
    folder = Path(given)
    try:
        for file in folder.iterdir():
            if file.is_file() and file.name.upper().startswith(PREFIX):
                file.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{name}: {error.filename} cannot be read ({error.strerror}); see docs/operate.md"
        ) from None
    return folder


def unknown() -> list[str]:
    """Variables and secrets that look like ours and are not, with the nearest name."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    folder = _secrets()
    files = {file.name.upper() for file in folder.iterdir()} if folder else set()
    given = set(os.environ) | set(dotenv_values(".env")) | files
    return [
        f"{name} is not a setting; did you mean {near[0]}?"
        if (near := difflib.get_close_matches(name, known, 1))
        else f"{name} is not a setting; see .env.example"
        for name in sorted(given)
        if name.startswith(PREFIX) and name not in known
    ]
