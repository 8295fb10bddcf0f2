"""The files of deploy/ name what is there: settings, paths, commands. No image is built here."""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bot.__main__ import app
from bot.adapters.pulse import MISSED
from bot.adapters.telegram.bot import STOP_SECONDS
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
TOTAL = STOP_SECONDS + 1.0  # seconds of a stop with what comes after the sending


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text("compose.yaml"))
    return loaded


def unit(name: str) -> str:
    """The value of a line of the systemd unit."""
    (value,) = re.findall(rf"^{name}=(.*)$", text("unknot.service"), re.MULTILINE)
    return str(value)


def instructions() -> list[list[str]]:
    """The lines of the Dockerfile, those that go on joined."""
    joined = text("Dockerfile").replace("\\\n", " ")
    return [line.split() for line in joined.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("name", ["unknot.service", "Dockerfile", "compose.yaml"])
def test_every_setting_that_is_named_exists(name: str) -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    named = {word.upper() for word in re.findall(r"\bUNKNOT_\w+|\bunknot_\w+", text(name))}
    assert named
    assert named - known == set()


def test_the_image_gets_what_it_is_made_of_and_nothing_else() -> None:
    copied = {
        source
        for name, *rest in instructions()
        if name == "COPY" and not rest[0].startswith("--from")
        for source in rest[:-1]
    }
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)
    for secret in (".env", "data", "data.key", "deploy/secrets", ".git", "tests"):
        assert not any(fnmatch(secret, name) for name in allowed)


def test_the_image_runs_a_command_of_ours_as_nobody_special() -> None:
    lines = {name: rest for name, *rest in instructions()}
    assert lines["USER"] == ["10001:10001"]
    assert lines["ENTRYPOINT"] == ['["unknot"]']
    commands = set(get_command(app).list_commands(None))  # type: ignore[attr-defined]
    assert set(re.findall(r'\["(\w+)"\]', " ".join(lines["CMD"]))) <= commands
    assert 'CMD ["unknot", "health"]' in " ".join(lines["HEALTHCHECK"])
    stages = [rest for name, *rest in instructions() if name == "FROM"]
    assert [stage[0] for stage in stages] == ["python:3.13-slim", "python:3.13-slim"]


def test_the_container_may_write_where_it_must_and_nowhere_else() -> None:
    bot, database = compose()["services"]["unknot"], compose()["services"]["database"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in bot["security_opt"]
    assert "ports" not in bot | database
    mounts = dict(volume.split(":", 1) for volume in bot["volumes"])
    assert mounts == {"records": "/data", "./secrets": "/run/secrets:ro"}
    assert bot["environment"]["UNKNOT_SECRETS"] == "/run/secrets"
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_database_is_there_only_when_it_is_wanted() -> None:
    services = compose()["services"]
    assert "profiles" not in services["unknot"]
    assert services["database"]["profiles"] == ["database"]
    assert services["unknot"]["depends_on"]["database"]["required"] is False
    assert "POSTGRES_PASSWORD" not in services["database"]["environment"]


def test_supervisors_wait_as_long_as_a_stop_may_take() -> None:
    assert float(compose()["services"]["unknot"]["stop_grace_period"].rstrip("s")) > TOTAL
    assert float(unit("TimeoutStopSec")) > TOTAL
    tick = Settings.model_fields["tick_seconds"].default
    assert float(unit("WatchdogSec")) > MISSED * tick


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_understands_the_unit_and_finds_it_closed(tmp_path: Path) -> None:
    copy = tmp_path / "unknot.service"
    copy.write_text(text("unknot.service").replace(unit("ExecStart"), "/bin/true"))
    for command in (["verify"], ["security", "--offline=true", "--threshold=20"]):
        done = subprocess.run(  # noqa: S603
            ["systemd-analyze", *command, str(copy)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        assert done.returncode == 0, done.stdout + done.stderr
