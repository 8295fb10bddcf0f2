"""Typing errors are put right towards the word lists, and English words are left alone."""

from __future__ import annotations

import pytest

from bot.core.dialogue import Dialogue
from bot.core.understand.reader import Reader


@pytest.fixture(scope="module")
def reader(dialogue: Dialogue) -> Reader:
    return dialogue.context.reader


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("numbnes", "numbness"),
        ("nummbness", "numbness"),
        ("bladdr", "bladder"),
        ("tingeling", "tingling"),
        ("breth", "breath"),
        ("feaver", "fever"),
    ],
)
def test_a_misspelt_word_of_the_lists_is_put_right(reader: Reader, typed: str, meant: str) -> None:
    assert reader.words_of(typed)[0].startswith(meant)


@pytest.mark.parametrize(
    "word",
    ["never", "fewer", "tinkling", "number", "thumb", "bumble", "breast", "soiled", "leggings"],
)
def test_an_english_word_is_never_put_right(reader: Reader, word: str) -> None:
    assert reader.words_of(word) == [word]


def test_short_words_and_numbers_stay_as_they_are(reader: Reader) -> None:
    assert reader.words_of("xq 38.4 l5 12") == ["xq", "38.4", "l5", "12"]


def test_drawn_out_words_are_shortened_and_an_aneurysm_is_not(reader: Reader) -> None:
    assert reader.words_of("sooo numb, aaa") == ["so", "numb", ",", "aaa"]


@pytest.mark.parametrize("typed", ["MY LEG IS NUMBNES", "my 🦵 is nummb", "my leg's gone numbb"])
def test_a_sign_is_heard_through_a_typing_error(reader: Reader, typed: str) -> None:
    assert "numbness_leg" in {heard.flag for heard in reader.read(typed).raised}


def test_the_memory_of_corrections_is_bounded(reader: Reader) -> None:
    for number in range(10_000):
        letters = "".join(chr(97 + int(digit)) for digit in str(number))
        reader.words_of("zz" + letters)
    assert reader.lexicon.remembered <= 4096
