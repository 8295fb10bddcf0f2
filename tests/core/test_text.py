"""One spelling for all ways of writing the same thing."""

from __future__ import annotations

import pytest

from bot.core.understand.text import LONGEST_TEXT, Writing, normalise


@pytest.fixture(scope="module")
def writing() -> Writing:
    return Writing({"wks": "weeks", "cant": "cannot", "idk": "i do not know"}, {"🦵": "leg"})


def words(writing: Writing, text: str) -> list[str]:
    return [word for token in writing.tokens(text) for word in writing.in_full(token)]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("My LEG", "my leg"),
        ("it\u2019s", "it's"),
        ("it\u2018s", "it's"),
        ("it`s", "it's"),
        ("it\u00b4s numb\u2026", "it's numb..."),
        ("numb\u2014weak", "numb,weak"),
        ("le\u00adg nu\u200bmb", "leg numb"),
        ("\uff4eumb", "numb"),
    ],
)
def test_writing_is_made_plain(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_what_is_too_long_is_cut_before_and_after_it_is_made_plain() -> None:
    assert len(normalise("a" * (LONGEST_TEXT + 9))) == LONGEST_TEXT
    assert len(normalise("\ufdfa" * 999)) == LONGEST_TEXT, "one sign that stands for 18"
    assert normalise("\u00ad" + "a" * LONGEST_TEXT) == "a" * (LONGEST_TEXT - 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3wks of it", "3 weeks of it"),
        ("3days", "3 days"),
        ("10kg", "10 kg"),
        ("38.4 or 38,4", "38.4 or 38,4"),
        ("idk, cant bend!", "i do not know , cannot bend !"),
        ("numb... weak.. ok.", "numb , weak , ok ."),
        ("pain w/ tingling", "pain with tingling"),
        ("PAIN W/O REST", "pain with o rest"),
        ("my 🦵hurts", "my leg hurts"),
        ("my 🦵 é", "my leg"),
        ("I can't, I won't", "i cannot , i will not"),
        ("it isn't, we don't, she hadn't", "it is not , we do not , she had not"),
        ("leg's numb", "leg is numb"),
        ("i'm he's they've you're it'll i'd", "i am he is they have you are it will i would"),
        ("o'clock", "o"),
        ("he'd've gone", "he gone"),
    ],
)
def test_a_text_is_written_out(writing: Writing, text: str, said: str) -> None:
    assert " ".join(words(writing, text)) == said


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("off my feet", "off my feet"),
        ("Guillain Barre", "guillain barre"),
        ("cant pee", "cannot pee"),
        ("it's numb", "it is numb"),
        ("tingl*", "tingl*"),
        ("can't feel* leg", "cannot feel* leg"),
        ("leg's* numb", "leg's* numb"),
        ("wks of t4", "weeks of t4"),
        ("no, never!", "no never"),
        ("38.5 fever", "38.5 fever"),
        ("NUMB* toes", "numb* toes"),
        ("🦵 pain", "leg pain"),
        ("CANNOT", "cannot"),
        ("pins-and-needles", "pins and needles"),
    ],
)
def test_a_phrase_of_the_lists_is_written_out_alike(
    writing: Writing, phrase: str, said: str
) -> None:
    assert writing.phrase(phrase) == tuple(said.split())
