"""Words at hand: what each typed word stands for, alone and with those that follow."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.knowledge import Knowledge
from bot.core.understand.lexicon import REMEMBERED, Lexicon
from bot.core.understand.matching import Sense

SATURDAY = date(2026, 11, 21)


def small(knowledge: Knowledge) -> Lexicon:
    """A lexicon of few concepts."""
    words = knowledge.words.model_copy(
        update={
            "written_out": {"wks": "weeks", "idk": "i do not know"},
            "emoji": {"🦵": "leg"},
            "fillers": ("my", "so", "really"),
            "as_first_person": {"herself": "myself"},
            "intents": {"stretch": ("show me stretches",)},
            "guard": ("numbest",),
        }
    )
    scopes = knowledge.scopes.model_copy(
        update={"idioms": ("so numb with cold",), "denial": ("not",), "past": ("years ago",)}
    )
    concepts = {
        "numb": ("numb", "gone numb", "no feeling"),
        "tingle": ("tingl*",),
        "legs": ("leg", "my legs"),
        "wet": ("wet herself",),
        "off_feet": ("off my feet",),
        "off": ("off my",),
        "numbness": ("numbness",),
        "known": ("idk why",),
    }
    changed = {"words": words, "scopes": scopes, "concepts": concepts}
    return Lexicon(knowledge.model_copy(update=changed), lambda names: Sense(0, 0, (), names))


@pytest.fixture(scope="module")
def lexicon(knowledge: Knowledge) -> Lexicon:
    return small(knowledge)


def concepts(lexicon: Lexicon, text: str) -> list[tuple[str, int, int]]:
    hits = lexicon.concepts(lexicon.words(text))
    return [("+".join(sense.concepts), start, end) for sense, start, end in hits]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("My LEG, 3wks!", ["my", "leg", ",", "3", "weeks", "!"]),
        ("idk", ["i", "do", "not", "know"]),
        ("🦵 numb", ["leg", "numb"]),
        ("nummbness", ["numbness"]),
        ("numbest", ["numbest"]),
        ("tuesdya in decmber", ["tuesday", "in", "december"]),
        ("thirten mnths", ["thirteen", "months"]),
        ("christmass", ["christmas"]),
        ("realy", ["really"]),
        ("nummbness nummbness", ["numbness", "numbness"]),
        ("", []),
    ],
)
def test_words_are_written_out_and_put_right(
    lexicon: Lexicon, text: str, words: list[str]
) -> None:
    assert lexicon.texts(text) == words
    assert lexicon.texts(text) == words, "once more, from memory"
    assert [word.text for word in lexicon.words(text)] == words
    assert [word.text for word in lexicon.words(text)] == words, "once more, from memory"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my leg is so numb", [("legs", 1, 2), ("numb", 4, 5)]),
        ("gone so really numb", [("numb", 0, 4), ("numb", 3, 4)]),
        ("off my feet", [("off_feet", 0, 3)]),
        ("off so feet", [("off_feet", 0, 3)]),
        ("off it", []),
        ("my legs", []),
        ("she wet herself", [("wet", 1, 3)]),
        ("wet so myself", [("wet", 0, 3)]),
        ("tingling leg", [("tingle", 0, 1), ("legs", 1, 2)]),
        ("idk why", [("known", 0, 5)]),
        ("so really", []),
    ],
)
def test_concepts_are_found_with_the_fillers_left_out(
    lexicon: Lexicon, text: str, found: list[tuple[str, int, int]]
) -> None:
    assert concepts(lexicon, text) == found


def test_a_concept_of_one_word_and_fillers_keeps_its_fillers(lexicon: Lexicon) -> None:
    said = lexicon.exact(lexicon.words("off my leg and my legs"))
    senses = [(exact.sense.concepts, start, end) for exact, start, end in said if exact.sense]
    assert senses == [(("off",), 0, 2), (("legs",), 4, 6)]


def test_marks_wishes_and_idioms_are_found_with_every_small_word(lexicon: Lexicon) -> None:
    words = lexicon.words("not so numb with cold, show me stretches like years ago")
    said = {
        (exact.marks, exact.intents, exact.is_idiom, exact.sense, start, end)
        for exact, start, end in lexicon.exact(words)
    }
    assert (("denial",), (), False, None, 0, 1) in said
    assert ((), (), True, None, 1, 5) in said
    assert ((), ("stretch",), False, None, 6, 9) in said
    assert any("past" in marks for marks, *_ in said)
    assert not any(marks == ("",) for marks, *_ in said)


def test_a_word_is_looked_up_once_however_it_is_written(lexicon: Lexicon) -> None:
    assert lexicon.words("2wks")[1] is lexicon.words("weeks")[0]


def test_a_filler_begins_no_concept(lexicon: Lexicon) -> None:
    filler, word = lexicon.words("my leg")
    assert filler.bare is None
    assert word.bare is not None


def test_lengths_are_found_where_one_may_begin(lexicon: Lexicon) -> None:
    words = lexicon.words("numb for 3wks since march")
    lengths = lexicon.lengths(words, SATURDAY)
    assert [(each.least, each.most, each.start) for each in lengths] == [
        (21, 21, 2),
        (235, 265, 4),
    ]
    assert [word.may_begin_length for word in words] == [False, True, True, True, True, False]
    assert len(lexicon.lengths(words, None)) == 1
    assert lexicon.lengths(lexicon.words("numb leg"), SATURDAY) == []


def test_what_is_remembered_starts_anew_when_it_is_full(knowledge: Knowledge) -> None:
    lexicon = small(knowledge)
    for number in range(REMEMBERED):
        lexicon.texts(f"x{number}")
    assert lexicon.remembered == REMEMBERED
    lexicon.texts("leg")
    assert lexicon.remembered == 1
    for number in range(REMEMBERED):
        lexicon.words(f"x{number}")
    assert lexicon.remembered == REMEMBERED
    lexicon.words("numb")
    assert lexicon.remembered <= REMEMBERED
    assert lexicon.texts("x7 numb") == ["x7", "numb"]
