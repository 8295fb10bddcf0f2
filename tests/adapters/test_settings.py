"""The environment: every problem at once, secrets masked, misspelt names noticed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot import app, settings
from bot.adapters.telegram.webhook import Hook, secret_of
from bot.core.errors import SettingsError
from bot.settings import PREFIX, Settings

TOKEN = "1234567890:" + "A" * 35
EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No variable of ours and no .env; returns the present folder."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_set_is_a_working_configuration() -> None:
    loaded = settings.load()
    assert (loaded.token, loaded.data, loaded.knowledge) == (None, Path("data"), None)
    assert settings.unknown() == []


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"POLL_SECONDS": "99", "TICK_SECONDS": "often", "LOG_LEVEL": "loud", "API_URL": "x"}
    for name, value in wrong.items():
        monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as refused:
        settings.load()
    problems = str(refused.value).splitlines()
    assert sorted(problem.partition(":")[0] for problem in problems) == sorted(
        PREFIX + name for name in wrong
    )
    assert all(problem.endswith("; see .env.example") for problem in problems)


@pytest.mark.parametrize(("name", "value"), [("POLL_SECONDS", "-1"), ("TICK_SECONDS", "0")])
def test_a_number_out_of_range_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError, match=PREFIX + name):
        settings.load()


def test_a_token_is_masked_wherever_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNKNOT_TOKEN", TOKEN)
    loaded = settings.load()
    assert loaded.token is not None
    assert loaded.token.get_secret_value() == TOKEN
    for shown in (repr(loaded), str(loaded), f"{loaded!r}", loaded.model_dump_json()):
        assert TOKEN not in shown


def test_the_password_of_a_database_is_masked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNKNOT_DATABASE_URL", f"postgresql://unknot:{TOKEN}@db/unknot")
    loaded = settings.load()
    assert loaded.database_url is not None
    assert TOKEN not in repr(loaded) + str(loaded) + loaded.model_dump_json()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK_URL", "bot.example.org"),
        ("WEBHOOK_SECRET", "no spaces please"),
        ("WEBHOOK_SECRET", "x" * 257),
        ("LISTEN", "8080"),
        ("LISTEN", "127.0.0.1:"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused_without_its_secret(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError, match=PREFIX + name) as refused:
        settings.load()
    assert value not in str(refused.value)


def test_an_empty_webhook_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WEBHOOK_URL", "WEBHOOK_SECRET"):
        monkeypatch.setenv(PREFIX + name, "")
    loaded = settings.load()
    assert not loaded.webhook_url
    assert loaded.webhook_secret is None
    assert app._hook(loaded, TOKEN) is None


def test_a_webhook_has_a_secret_of_its_own_or_one_made_from_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UNKNOT_WEBHOOK_URL", "https://bot.example.org/hook")
    monkeypatch.setenv("UNKNOT_LISTEN", "[::1]:8081")
    made = app._hook(settings.load(), TOKEN)
    assert made == Hook("https://bot.example.org/hook", secret_of(TOKEN), "::1", 8081)
    assert made.path == "/hook"
    monkeypatch.setenv("UNKNOT_WEBHOOK_SECRET", "mine")
    loaded = settings.load()
    assert "mine" not in repr(loaded) + loaded.model_dump_json()
    given = app._hook(loaded, TOKEN)
    assert given is not None
    assert given.secret == "mine"  # noqa: S105


def test_a_problem_beside_a_token_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNKNOT_TOKEN", TOKEN)
    monkeypatch.setenv("UNKNOT_API_URL", f"ftp://example.org/{TOKEN}")
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert TOKEN not in str(refused.value)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        settings.load().poll_seconds = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("UNKNOT_TOKNE", "UNKNOT_TOKEN"),
        ("UNKNOT_LOGLEVEL", "UNKNOT_LOG_LEVEL"),
        ("UNKNOT_DATAS", "UNKNOT_DATA"),
        ("UNKNOT_POLL_SECS", "UNKNOT_POLL_SECONDS"),
    ],
)
def test_a_misspelt_variable_gets_the_nearest_name(
    name: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "x")
    assert settings.unknown() == [f"{name} is not a setting; did you mean {nearest}?"]


def test_a_misspelt_name_in_the_env_file_is_noticed_too(empty: Path) -> None:
    (empty / ".env").write_text(f"UNKNOT_TOKNE={TOKEN}\n", encoding="utf-8")
    settings.load()
    (warning,) = settings.unknown()
    assert warning == "UNKNOT_TOKNE is not a setting; did you mean UNKNOT_TOKEN?"


def test_variables_of_other_programs_are_none_of_our_business(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UNKNOTTED", "x")
    monkeypatch.setenv("TOKEN", "x")
    assert settings.unknown() == []
    assert settings.load().token is None


def test_the_env_file_is_read_and_the_environment_wins(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty / ".env").write_text("UNKNOT_DATA=here\nUNKNOT_TICK_SECONDS=60\n", encoding="utf-8")
    monkeypatch.setenv("UNKNOT_DATA", "there")
    loaded = settings.load()
    assert (loaded.data, loaded.tick_seconds) == (Path("there"), 60)


# -- secrets as files --------------------------------------------------------------------------


@pytest.fixture
def secrets(empty: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets, as Docker and systemd hand them over."""
    folder = empty / "secrets"
    folder.mkdir()
    monkeypatch.setenv("UNKNOT_SECRETS", str(folder))
    return folder


def test_every_secret_may_lie_in_a_file_of_its_own(secrets: Path) -> None:
    masked = [
        name
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    ]
    assert {"token", "key", "database_url"} <= set(masked)
    for name in masked:
        (secrets / f"unknot_{name}").write_text(f"secret_{name}\n", encoding="ascii")
    loaded = settings.load()
    assert [getattr(loaded, name).get_secret_value() for name in masked] == [
        f"secret_{name}" for name in masked
    ]
    assert settings.unknown() == []
    assert "secret_token" not in repr(loaded)


def test_the_environment_goes_before_a_file_but_an_empty_line_does_not(
    secrets: Path, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "unknot_token").write_text(TOKEN, encoding="ascii")
    (empty / ".env").write_text("UNKNOT_TOKEN=\n", encoding="ascii")
    token = settings.load().token
    assert token is not None
    assert token.get_secret_value() == TOKEN
    monkeypatch.setenv("UNKNOT_TOKEN", "other")
    token = settings.load().token
    assert token is not None
    assert token.get_secret_value() == "other"


def test_a_misspelt_secret_is_noticed(secrets: Path) -> None:
    (secrets / "unknot_tokn").write_text(TOKEN, encoding="ascii")
    assert settings.unknown() == ["UNKNOT_TOKN is not a setting; did you mean UNKNOT_TOKEN?"]


def test_a_missing_folder_of_secrets_is_told_with_what_to_read(secrets: Path) -> None:
    secrets.rmdir()
    with pytest.raises(SettingsError, match=r"^UNKNOT_SECRETS: .*cannot be read"):
        settings.load()


# -- .env.example ------------------------------------------------------------------------------


def example() -> dict[str, str]:
    """The names in .env.example, those that are commented out too, with their values."""
    text = EXAMPLE.read_text(encoding="utf-8")
    return dict(re.findall(r"^(?:# )?(UNKNOT_\w+)=(.*)$", text, re.MULTILINE))


def test_the_example_lists_exactly_the_settings() -> None:
    assert list(example()) == [PREFIX + name.upper() for name in Settings.model_fields]


def test_the_example_shows_the_defaults() -> None:
    for name, field in Settings.model_fields.items():
        shown = "" if field.default is None else str(field.default)
        assert example()[PREFIX + name.upper()] == shown


def test_the_example_explains_each_setting_above_it() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for name, field in Settings.model_fields.items():
        at = next(n for n, line in enumerate(lines) if PREFIX + name.upper() + "=" in line)
        assert lines[at - 1] == f"# {field.description}"


def test_a_copy_of_the_example_is_a_working_configuration(empty: Path) -> None:
    default = settings.load()
    (empty / ".env").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert settings.load() == default
