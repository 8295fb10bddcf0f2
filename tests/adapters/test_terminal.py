"""`unknot chat` on a pipe: text or JSON lines, a movable clock, words instead of tracebacks."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot import __main__, app
from bot.adapters.memory_store import MemoryStore
from bot.adapters.session import MovableClock, Session
from bot.adapters.terminal import Terminal
from bot.core.dialogue import Dialogue
from tests.core.person import MONDAY

NUMB = "I cannot feel anything between my legs when I wipe"


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Chat = Callable[..., Done]


@pytest.fixture
def chat(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Chat:
    """Runs `unknot chat` in this process, with the knowledge that is loaded already."""
    monkeypatch.setattr(app, "dialogue", lambda *_: dialogue)

    def run(*options: str | Path, lines: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["unknot", "chat", *map(str, options)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            __main__.main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, out, err)

    return run


def test_each_line_is_shown_with_its_replies_and_buttons(chat: Chat) -> None:
    done = chat(lines="/start\n\n[Agree and start]\n")
    assert (done.code, done.err) == (0, "")
    shown = done.out.splitlines()
    assert shown[:2] == [
        "> /start",
        "Hello, I am Unknot, a companion for a back that has seized up.",
    ]
    assert "  [Agree and start]" in shown
    assert shown.index("  [Agree and start]") < shown.index("> [Agree and start]")


def test_json_is_one_object_a_line_with_six_fields(chat: Chat) -> None:
    done = chat("--json", lines="/start\n[agree and start]\n")
    assert done.code == 0
    greeting, question = done.objects
    fields = ["key", "text", "question", "buttons", "outcome", "stretches"]
    assert [list(one) for one in done.objects] == [fields] * 2
    assert (greeting["key"], greeting["question"]) == ("greeting", "consent")
    assert greeting["buttons"][0] == "Agree and start"
    assert (question["question"], question["outcome"], question["stretches"]) == (
        "what_happened",
        None,
        [],
    )


def test_json_names_the_outcome_of_an_emergency(chat: Chat) -> None:
    (card,) = chat("--json", lines=NUMB + "\n").objects
    assert (card["outcome"], card["buttons"], card["question"]) == ("emergency_go", [], None)


def test_json_lists_the_stretches_of_a_routine(chat: Chat) -> None:
    start = Path(__file__).parents[1] / "conversations" / "beginnings" / "all_clear.txt"
    said = [line[5:] for line in start.read_text("utf-8").splitlines() if line[:5] == "you: "]
    objects = chat("--json", lines="\n".join([*said, "[2 minutes]"])).objects
    routine = next(one for one in objects if one["key"] == "routine")
    assert routine["stretches"]
    assert objects[-1]["stretches"] == routine["stretches"][:1]


def test_without_a_folder_everything_is_forgotten(chat: Chat, tmp_path: Path) -> None:
    chat(lines="/start\n[Agree and start]\n")
    (again,) = chat("--json", lines="hello\n").objects
    assert again["key"] == "greeting"
    assert list(tmp_path.iterdir()) == []


def test_data_keeps_the_state_between_two_runs(chat: Chat, tmp_path: Path) -> None:
    chat("--data", tmp_path, lines="/start\n[Agree and start]\n")
    (again,) = chat("--data", tmp_path, "--json", lines="hello\n").objects
    assert again["question"] == "what_happened"


def test_wait_moves_the_clock_and_shows_what_comes_meanwhile(chat: Chat) -> None:
    lines = f"{NUMB}\nwait: 3 hours\nwait: 1 day\n"
    objects = chat("--json", "--at", "2026-03-02T09:00", lines=lines).objects
    assert [one["key"] for one in objects] == ["outcome.emergency_go", "seen"]


@pytest.mark.parametrize(
    ("at", "zone", "day"),
    [
        ("2026-03-02T09:00", "Europe/Berlin", "Tuesday 3 March, 8:30am"),
        ("2026-03-02T05:00", "Asia/Tokyo", "Monday 2 March, 8:30am"),
        ("2026-03-02T05:00+09:00", "Europe/Berlin", "Monday 2 March, 8:30am"),
    ],
)
def test_the_clock_starts_at_the_local_time_of_the_zone(
    at: str, zone: str, day: str, chat: Chat
) -> None:
    lines = "/start\n[Agree and start]\n/stop\n/remind\n8:30\nwait: 2 days\n"
    done = chat("--at", at, "--zone", zone, lines=lines)
    assert f"The next reminder comes on {day} ({zone} time)" in done.out
    assert done.out.count("Time for your daily minute.") == 2


@pytest.mark.parametrize("at", ["tomorrow", "2026-13-01T09:00", "9:00", "2026-03-02T25:00", " "])
def test_a_wrong_at_is_told_with_words_and_code_2(at: str, chat: Chat) -> None:
    done = chat("--at", at, lines="/start\n")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"--at {at}: write a date and time as 2026-03-02T09:00\n"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "berlin", "Europe", "/etc/passwd", "../x", ""])
def test_a_wrong_zone_is_told_with_words_and_code_2(zone: str, chat: Chat) -> None:
    done = chat("--zone", zone, lines="/start\n")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"--zone {zone}: not a time zone; write one as Europe/Berlin\n"


def test_an_unknown_option_has_code_2(chat: Chat) -> None:
    done = chat("--colour", "red")
    assert done.code == 2
    assert "--colour" in done.err


def test_a_folder_that_is_a_file_is_told_with_words(chat: Chat, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    done = chat("--data", tmp_path / "data", lines="/start\n")
    assert done.code == 1
    assert "cannot be used for data" in done.err


def test_an_unknown_button_is_reported_and_the_talk_goes_on(chat: Chat) -> None:
    done = chat(lines="/start\n[Jump]\n[Agree and start]\n")
    assert done.code == 1
    assert "(there is no button [Jump]; the buttons are: Agree and start, " in done.out
    assert "What happened to your back?" in done.out


def test_an_unknown_button_is_reported_in_json_too(chat: Chat) -> None:
    done = chat("--json", lines="[Jump]\n")
    assert (done.code, done.objects) == (
        1,
        [{"error": "there is no button [Jump]; the buttons are: none"}],
    )


@pytest.mark.parametrize("span", ["soon", "-3 hours", "3 fortnights", "", "99999999999 years"])
def test_a_wait_that_cannot_be_is_reported(span: str, chat: Chat) -> None:
    done = chat(lines=f"wait: {span}\n/start\n")
    assert done.code == 1
    assert "write for example `wait: 3 hours`" in done.out
    assert "[Agree and start]" in done.out


def test_a_location_is_shared_as_the_zone_that_it_lies_in(chat: Chat) -> None:
    done = chat("--json", lines="[location: Asia/Tokyo]\n")
    assert done.code == 0
    assert done.objects[0]["key"] == "location_only_zone"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "berlin", "../x"])
def test_a_location_in_no_zone_is_told_with_words(zone: str, chat: Chat) -> None:
    done = chat("--json", lines=f"[location: {zone}]\n/start\n")
    assert done.code == 1
    assert "[location: Europe/Berlin]" in done.objects[0]["error"]
    assert done.objects[1]["key"] == "greeting"


@pytest.mark.parametrize("kind", ["voice", "sticker", "photo", "document", "contact"])
def test_something_that_is_no_text_gets_an_answer(kind: str, chat: Chat) -> None:
    done = chat("--json", lines=f"({kind})\n")
    assert done.code == 0
    assert done.objects[0]["key"] in {"attachment", "attachment_voice"}


def test_no_input_is_no_output(chat: Chat) -> None:
    assert chat(lines="") == Done(0, "", "")


# -- the real process --------------------------------------------------------------------------


def in_a_process(*command: str, lines: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, *command],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=60,
    )


def test_the_real_command_talks_on_a_pipe(tmp_path: Path) -> None:
    done = in_a_process("-m", "bot", "chat", "--json", lines="/start\r\nyes\r\n", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["key"] for line in done.stdout.splitlines()] == [
        "greeting",
        "ask.what_happened",
    ]
    assert list(tmp_path.iterdir()) == []


def test_chat_loads_no_telegram(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.argv = ['unknot', 'chat']\n"
        "from bot.__main__ import main\n"
        "try:\n    main()\n"
        "finally:\n"
        "    heavy = {'telegram', 'httpx', 'aiohttp', 'tinydb'} & set(sys.modules)\n"
        "    print('loaded:', sorted(heavy))\n"
    )
    done = in_a_process("-c", program, lines="/start\n", folder=tmp_path)
    assert done.stdout.endswith("loaded: []\n"), done.stderr


def test_a_reader_that_goes_away_ends_the_talk_without_a_traceback(tmp_path: Path) -> None:
    talk = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert talk.stdin is not None
    assert talk.stdout is not None
    assert talk.stderr is not None
    talk.stdout.close()
    talk.stdin.write("/start\n")
    talk.stdin.close()
    errors = talk.stderr.read()
    talk.stderr.close()
    talk.wait(60)
    assert "Traceback" not in errors


# -- counting on the screen ----------------------------------------------------------------------


class Tty(io.StringIO):
    """A terminal that nobody sits at."""

    def isatty(self) -> bool:
        return True


TO_THE_COUNT = (
    *("[Agree and start]", "[Lifting, bending or twisting]", "[None of these]", "[None of these]"),
    *("[Today or yesterday]", "[None of these]", "[None of these]", "[5]", "[None of these]"),
    *("[Bending or curling up]", "[Low back]", "[2 minutes]", "[Start counting]"),
)


@pytest.mark.parametrize("paused", [False, True])
def test_a_stretch_is_counted_on_the_screen_and_ctrl_c_pauses(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch, paused: bool
) -> None:
    lines = iter(TO_THE_COUNT)
    seconds: list[float] = []

    def typed(_: str) -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    def sleep(span: float) -> None:
        seconds.append(span)
        if paused:
            raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", typed)
    out = io.StringIO()
    session = Session(dialogue, MemoryStore(), MovableClock(MONDAY))
    assert Terminal(Tty(), out, sleep=sleep).run(session, "UTC") == 0
    shown = out.getvalue()
    assert "Get ready." in shown
    assert ("Paused. Rest as long as you like." in shown) is paused
    assert ("(2 of 2)" in shown) is not paused
    assert len(seconds) == (1 if paused else 28)
