"""The runner of conversation files: what does not go as written is told with file and line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.adapters.conversations import Seen, matches, parse, player, replay_file, run
from bot.core.dialogue import Dialogue
from bot.core.errors import ConversationError
from tests.test_conversations import FILES

HEADER = "A title\nsource: unknot\nat: Monday 2 March 2026, 09:00, Europe/Berlin\n\n"  # lines 1-4
ASKED = Seen("How is it?", ("Good", "Bad"))
CARD = Seen("Go to a hospital.\nGo now.", (), "emergency_go")
SHOWN = Seen("Here is one. Cat and camel", (), None, ("cat_camel",))


def written(folder: Path, body: str, header: str = HEADER) -> Path:
    file = folder / "talk.txt"
    file.write_text(header + body, encoding="utf-8")
    return file


async def played(file: Path, *turns: Sequence[Seen]) -> list[str]:
    """The problems when the bot gives these replies, one sequence a turn."""
    answers = iter(turns)

    async def say(_: str) -> Sequence[Seen]:
        return next(answers)

    return await run(parse(file), say)


# -- what the runner catches -------------------------------------------------------------------

GOES_WELL = {
    "word for word": ("you: hi\nbot: How is it? [Good] [Bad]\n", [ASKED]),
    "with an ellipsis": ("you: hi\nbot: How ... [Good] [Bad]\n", [ASKED]),
    "with any further buttons": ("you: hi\nbot: ... [Good] [...]\n", [ASKED]),
    "going on in the next line": ("you: hi\nbot: How is\n  it?\n  [Good] [Bad]\n", [ASKED]),
    "over several lines": ("you: hi\nbot: Go to a hospital. Go now.\n", [CARD]),
    "with its outcome": ("you: hi\nbot: ...\noutcome: emergency_go\n", [CARD]),
    "with a comment": ("# why\nyou: hi\n\n# so\nbot: ...\n", [CARD]),
    "two replies": ("you: hi\nbot: Go ...\nbot: How ... [Good] [Bad]\n", [CARD, ASKED]),
    "never what was not said": ("never: knee\nyou: hi\nbot: ...\n", [CARD]),
}
GOES_WRONG = {
    "a missing reply": (
        *("you: hi\nbot: How ... [Good] [Bad]\nbot: Go ...\n", [ASKED]),
        "talk.txt:7: the bot said nothing more",
    ),
    "an extra reply": (
        *("you: hi\nbot: How ... [Good] [Bad]\n", [ASKED, CARD]),
        "talk.txt:6: before this, the bot also said: Go to a hospital. Go now.",
    ),
    "a reply that no line speaks of": (
        *("you: hi\n", [ASKED]),
        "talk.txt:5: before this, the bot also said: How is it? [Good] [Bad]",
    ),
    "other words": (
        *("you: hi\nbot: How was it? [Good] [Bad]\n", [ASKED]),
        "talk.txt:6: the bot said instead: How is it? [Good] [Bad]",
    ),
    "only the beginning": (
        *("you: hi\nbot: How [Good] [Bad]\n", [ASKED]),
        "talk.txt:6: the bot said instead: How is it? [Good] [Bad]",
    ),
    "a button too few": (
        *("you: hi\nbot: ... [Good]\n", [ASKED]),
        "talk.txt:6: the bot said instead: How is it? [Good] [Bad]",
    ),
    "a button too many": (
        *("you: hi\nbot: ... [Good] [Bad] [Back]\n", [ASKED]),
        "talk.txt:6: the bot said instead: How is it? [Good] [Bad]",
    ),
    "buttons in another order": (
        *("you: hi\nbot: ... [Bad] [Good]\n", [ASKED]),
        "talk.txt:6: the bot said instead: How is it? [Good] [Bad]",
    ),
    "no buttons named": (
        *("you: hi\nbot: How is it?\n", [ASKED]),
        "talk.txt:6: the bot said instead: How is it? [Good] [Bad]",
    ),
    "buttons where none are": (
        *("you: hi\nbot: Go ... [Good]\n", [CARD]),
        "talk.txt:6: the bot said instead: Go to a hospital. Go now.",
    ),
    "words that must never come": (
        *("you: hi\nbot: ...\nnever: hospital\n", [CARD]),
        "talk.txt:5: never 'hospital', but: Go to a hospital. Go now.",
    ),
    "a stretch that must never come": (
        *("never: stretches\nyou: hi\nbot: ...\n", [SHOWN]),
        "talk.txt:6: never 'stretches', but: Here is one. Cat and camel",
    ),
    "another outcome": (
        *("you: hi\nbot: ...\noutcome: self_care\n", [CARD]),
        "talk.txt:7: outcome is ['emergency_go']",
    ),
    "no outcome": (
        *("you: hi\nbot: ... [...]\noutcome: self_care\n", [ASKED]),
        "talk.txt:7: outcome is not stated",
    ),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", GOES_WELL)
async def test_a_talk_as_written_has_no_problem(name: str, tmp_path: Path) -> None:
    body, replies = GOES_WELL[name]
    assert await played(written(tmp_path, body), replies) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("name", GOES_WRONG)
async def test_a_talk_that_goes_otherwise_is_told(name: str, tmp_path: Path) -> None:
    body, replies, problem = GOES_WRONG[name]
    assert await played(written(tmp_path, body), replies) == [problem]


@pytest.mark.asyncio
async def test_the_outcome_is_that_of_its_own_turn(tmp_path: Path) -> None:
    file = written(tmp_path, "you: hi\nbot: ...\nyou: ok\nbot: ... [...]\noutcome: emergency_go\n")
    assert await played(file, [CARD], [ASKED]) == ["talk.txt:9: outcome is not stated"]


@pytest.mark.asyncio
async def test_a_reply_that_was_left_over_is_told_before_the_next_input(tmp_path: Path) -> None:
    file = written(tmp_path, "you: hi\nyou: ok\nbot: ...\n")
    assert await played(file, [CARD], [CARD]) == [
        "talk.txt:6: before this, the bot also said: Go to a hospital. Go now."
    ]


def test_an_ellipsis_does_not_swallow_what_stands_beside_it() -> None:
    assert matches("Go ... now.", CARD)
    assert matches("...hospital...", CARD)
    assert not matches("... clinic ...", CARD)
    assert not matches("Go ... later.", CARD)


def test_signs_that_mean_something_elsewhere_are_taken_literally() -> None:
    assert matches("1.5 (or 2) times?", Seen("1.5 (or 2) times?", ()))
    assert not matches("1.5 (or 2) times?", Seen("1x5 (or 2) times?", ()))


# -- a file that cannot be read ----------------------------------------------------------------

MALFORMED = {
    "an unknown word": (HEADER + "you: hi\nbott: hello\n", "talk.txt:6: begins with none of you,"),
    "words alone": (HEADER + "hello there\n", "talk.txt:5: begins with none of you,"),
    "a header after the talk began": (HEADER + "you: hi\nat: x\n", "talk.txt:6: begins with none"),
    "no source": ("A title\n\nyou: hi\n", "talk.txt:2: source: is missing; name an id"),
    "nothing at all": ("", "talk.txt:2: source: is missing; name an id"),
    "a moment in other words": ("A\nsource: unknot\nat: yesterday\n", "talk.txt:3: at: "),
    "an hour that is none": (
        "A\nsource: unknot\nat: 2 March 2026, 25:00, UTC\n",
        "talk.txt:3: at: ",
    ),
    "a month that is none": (
        "A\nsource: unknot\nat: 2 Marsh 2026, 09:00, UTC\n",
        "talk.txt:3: at: ",
    ),
    "a zone that is none": (
        "A\nsource: unknot\nat: 2 March 2026, 09:00, Mars/Olympus\n",
        "talk.txt:3: at: ",
    ),
    "a button that is not there": (HEADER + "you: /start\nyou: [Jump]\n", "talk.txt:6: there is "),
    "a wait in other words": (HEADER + "you: /start\nwait: soon\n", "talk.txt:6: 'wait: soon'"),
    "a beginning that is not there": (HEADER + "begin: nowhere\n", "talk.txt:5: "),
}


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("accept", [False, True], ids=["replay", "accept"])
def test_a_line_that_cannot_be_carried_out_is_told_with_file_and_line(
    name: str, accept: bool, tmp_path: Path, dialogue: Dialogue
) -> None:
    text, problem = MALFORMED[name]
    (tmp_path / "beginnings").mkdir()
    file = written(tmp_path, text, header="")
    found = replay_file(dialogue, file, accept=accept)
    assert any(one.startswith(problem) for one in found), found
    if accept:
        assert file.read_text(encoding="utf-8") == text


def test_a_file_that_is_not_there_is_told_with_its_name(
    tmp_path: Path, dialogue: Dialogue
) -> None:
    (problem,) = replay_file(dialogue, tmp_path / "nothing.txt")
    assert "nothing.txt" in problem


def test_a_file_that_is_not_utf_8_is_told_with_its_name(
    tmp_path: Path, dialogue: Dialogue
) -> None:
    (tmp_path / "talk.txt").write_bytes(b"\xff\xfe\x00")
    (problem,) = replay_file(dialogue, tmp_path / "talk.txt")
    assert "talk.txt" in problem


def test_a_malformed_file_raises_the_error_of_conversations(tmp_path: Path) -> None:
    with pytest.raises(ConversationError, match=r"talk\.txt:5"):
        parse(written(tmp_path, "hello\n"))


# -- accept ------------------------------------------------------------------------------------

START = """# who we are
you: /start
bot: Hello, I am Unknot, ... [Agree and start] [Start, but keep nothing] [What do you keep?]

# and on
you: [Agree and start]
bot: ... What happened to your back? ... [Lifting, bending or twisting] [...]
"""


def test_accept_leaves_a_talk_that_fits_as_it_is(tmp_path: Path, dialogue: Dialogue) -> None:
    file = written(tmp_path, START)
    assert replay_file(dialogue, file, accept=True) == []
    assert file.read_text(encoding="utf-8") == HEADER + START


def test_accept_rewrites_only_the_line_that_does_not_fit(
    tmp_path: Path, dialogue: Dialogue
) -> None:
    file = written(tmp_path, START.replace("Hello, I am Unknot, ...", "Howdy."))
    assert replay_file(dialogue, file, accept=True) == []
    text = file.read_text(encoding="utf-8")
    before, after = (HEADER + START).split("bot: Hello, I am Unknot, ...", 1)
    assert text.startswith(before + "bot: Hello, I am Unknot, a companion")
    assert text.endswith("\n" + after.split("\n", 1)[1])


def test_accept_drops_replies_that_did_not_come_and_adds_those_that_did(
    tmp_path: Path, dialogue: Dialogue
) -> None:
    first, second = START.split("\n\n")
    file = written(tmp_path, f"{first}\nbot: And one more.\n\n{second.split('bot:')[0]}")
    assert replay_file(dialogue, file, accept=True) == []
    text = file.read_text(encoding="utf-8")
    assert "And one more" not in text
    assert text.count("bot:") == 2
    assert "What happened to your back?" in text


@pytest.mark.parametrize("file", FILES[::9], ids=lambda file: file.stem)
def test_accept_writes_a_whole_talk_anew_and_then_rests(
    file: Path, tmp_path: Path, dialogue: Dialogue
) -> None:
    (tmp_path / "beginnings").symlink_to(file.parents[1] / "beginnings")
    bare = re.sub(
        r"^bot(?: \d+ times)?:.*\n(?:  .*\n)*",
        "",
        file.read_text("utf-8") + "\n",
        flags=re.MULTILINE,
    )
    copy = written(tmp_path, bare, header="")
    left = replay_file(dialogue, copy, accept=True)
    # What must come and what must never come stays for people to decide.
    assert [one for one in left if not re.search(r": (never|outcome is) ", one)] == []
    once = copy.read_bytes()
    assert replay_file(dialogue, copy, accept=True) == left
    assert copy.read_bytes() == once


@pytest.mark.asyncio
async def test_a_restart_keeps_the_state_and_the_buttons(
    tmp_path: Path, dialogue: Dialogue
) -> None:
    body = START + "restart\nyou: [Lifting, bending or twisting]\nbot: ... [...]\n"
    conversation = parse(written(tmp_path, body))
    assert await run(conversation, player(dialogue, conversation)) == []


@pytest.mark.asyncio
async def test_a_beginning_is_played_and_not_checked(dialogue: Dialogue, tmp_path: Path) -> None:
    (tmp_path / "beginnings").mkdir()
    start = "Begun\nsource: unknot\n\nyou: /start\nyou: [Agree and start]\n"
    (tmp_path / "beginnings" / "begun.txt").write_text(start, encoding="utf-8")
    body = "begin: begun\nyou: hello\nbot: ... What happened ... [...]\n"
    conversation = parse(written(tmp_path, body))
    assert await run(conversation, player(dialogue, conversation)) == []
