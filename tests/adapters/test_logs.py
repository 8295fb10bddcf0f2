"""Logging: no line ever holds a bot token, at any level, in tracebacks neither."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from telegram import Bot
from telegram.ext import Application, ExtBot

from bot import logs

TOKEN = "1234567890:AAE" + "x_-9" * 8
URL = f"https://api.telegram.org/bot{TOKEN}/getUpdates"


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """What set_up changes is put back after the test."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logs.QUIET)]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


LIBRARIES = ("aiohttp.client", "aiohttp.access", "telegram.Bot", "telegram.ext.ExtBot", "asyncio")


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_libraries_say_nothing_below_warning(
    name: str, level: int, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up("DEBUG")
    logging.getLogger(name).log(level, 'HTTP Request: POST %s "HTTP/1.1 200 OK"', URL)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", [*LIBRARIES, "bot.app", "root"])
@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR, logging.CRITICAL])
def test_a_token_in_a_message_is_replaced(
    name: str, level: int, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up("DEBUG")
    logging.getLogger(name).log(level, "HTTP Request: POST %s", URL)
    shown = capsys.readouterr().err
    assert TOKEN not in shown
    # The libraries' own lines may hold whole updates: nothing of them is kept.
    kept = (
        "library_error"
        if name.startswith(("telegram", "aiohttp"))
        else "https://api.telegram.org/bot<token>/getUpdates"
    )
    assert kept in shown


def test_a_token_at_debug_is_replaced_in_our_own_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("DEBUG")
    logging.getLogger("bot.adapters").debug("url=%(url)s", {"url": URL})
    shown = capsys.readouterr().err
    assert TOKEN not in shown
    assert "<token>" in shown


def test_a_token_in_a_traceback_is_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO")
    try:
        try:
            raise ConnectionError(f"no answer from {URL}")
        except ConnectionError as error:
            raise RuntimeError(f"cannot poll {URL}") from error
    except RuntimeError:
        logging.getLogger("bot").exception("update_failed", stack_info=True)
    shown = capsys.readouterr().err
    # The words of an error may quote anybody; its kind and place are enough.
    assert "RuntimeError" in shown
    assert "cannot poll https" not in shown
    assert TOKEN not in shown


def test_a_token_in_what_stands_for_a_bot_is_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("DEBUG")
    for bot in (Bot(TOKEN), ExtBot(TOKEN), Application.builder().token(TOKEN).build().bot):
        logging.getLogger("bot").error("%r", bot)
    shown = capsys.readouterr().err
    assert TOKEN not in shown
    assert shown.count("<token>") == 3


def test_several_tokens_in_one_line_are_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("DEBUG")
    logging.getLogger("bot").error("%s and %s and (%s)", TOKEN, URL, [TOKEN])
    assert capsys.readouterr().err.count("<token>") == 3


def test_ordinary_numbers_and_times_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO")
    logging.getLogger("bot").info("users=123456 at=12345:678 took=0.5")
    assert capsys.readouterr().err.endswith("INFO bot users=123456 at=12345:678 took=0.5\n")


def test_the_level_is_that_of_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("WARNING")
    logging.getLogger("bot").info("quiet")
    logging.getLogger("bot").warning("loud")
    assert capsys.readouterr().err.endswith("WARNING bot loud\n")


def test_setting_up_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO")
    logs.set_up("INFO")
    logging.getLogger("bot").info("once")
    assert capsys.readouterr().err.count("once") == 1


def test_a_line_for_programs_is_one_object_with_every_value_by_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("INFO", "json")
    logging.getLogger("bot").warning("refused user=%s reason=%s", "a1", "chat not found")
    try:
        raise ConnectionError(f"no answer from {URL}")
    except ConnectionError:
        logging.getLogger("bot").exception("failed level=%s url=%s", "mine", URL)
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first.pop("at").endswith("+00:00")
    assert first == {
        "level": "WARNING",
        "logger": "bot",
        "event": "refused",
        "user": "a1",
        "reason": "chat not found",
    }
    assert (second["level"], second["event"]) == ("ERROR", "failed")
    assert second["url"] == "https://api.telegram.org/bot<token>/getUpdates"
    assert second["trace"].endswith("ConnectionError")


def test_the_library_below_is_kept_quiet_in_objects_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("INFO", "json")
    logging.getLogger("aiohttp").error("said %s", "what a person wrote")
    assert json.loads(capsys.readouterr().err)["event"] == "library_error"
