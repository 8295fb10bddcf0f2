"""Typing errors are put right towards the word lists, and English words are left alone."""

from __future__ import annotations

import pytest

from bot.core.dialogue import Dialogue
from bot.core.understand.reader import Reader
from bot.core.understand.spelling import Spelling


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


# -- on a word list of our own -------------------------------------------------------------------

WORDS = Spelling(
    known=(
        frozenset(
            {
                *("numb", "numbness", "fever", "bladder", "legs", "leggy", "swelling", "pains"),
                *("tapping", "taping", "washable", "gallstones", "type1"),
            }
        ),
        frozenset({"numb", "tingl", "haemorrh", "incontinen"}),
    ),
    left_alone=(frozenset({"fevers"}), frozenset({"walk"})),
    guard=["fewer"],
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fevar", "fever"),
        ("feveeer", "fever"),
        ("nunmb", "numb"),
        ("nummmb", "numb"),
        ("numbnes", "numbness"),
        ("leggs", "legs"),
        ("legsy", "leggy"),
        ("swellxnq", "swelling"),
        ("sweellinng", "swelling"),
        ("tappiiing", "tapping"),
        ("swelllling", "swelling"),
        ("tengling", "tingl"),
        ("hemorhage", "haemorrh"),
        ("haeemmorrhs", "haemorrh"),
        ("inkontinemt", "incontinen"),
    ],
)
def test_a_slip_or_two_are_put_right(typed: str, meant: str) -> None:
    assert WORDS.right(typed) == meant


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("fever", "known"),
        ("fevers", "left alone"),
        ("fewer", "on guard"),
        ("fabar", "two slips in a short word"),
        ("swelinq", "two slips in a word of seven letters"),
        ("bladdars", "two slips towards a short word"),
        ("gelstomes", "three slips"),
        ("numm", "too short"),
        ("feve1", "a number in it"),
        ("typed", "towards a word with a number in it"),
        ("spains", "a slip in the first letter"),
        ("zebra", "no known word begins so"),
        ("tablets", "far from every word and stem"),
        ("walkable", "begins as a word that is left alone"),
        ("tingles", "begins with a stem"),
        ("tengl", "as short as the stem"),
        ("tenglings", "a long ending"),
        ("tengking", "two slips in a short stem"),
        ("inkomtimenc", "three slips in a stem"),
    ],
)
def test_what_is_not_near_enough_stays(word: str, why: str) -> None:
    assert WORDS.right(word) == word, why


def test_drawn_out_letters_are_one_even_in_a_word_nobody_knows() -> None:
    assert WORDS.right("hellooo") == "hello"
    assert WORDS.right("aaa") == "aaa"


@pytest.mark.parametrize(
    ("word", "would"),
    [
        ("fewer", True),
        ("numbnes", True),
        ("fever", False),
        ("fevers", False),
        ("zebra", False),
        ("tingles", False),
    ],
)
def test_it_is_told_what_would_change_without_the_guard(word: str, would: bool) -> None:
    assert WORDS.would_change(word) is would
