"""Phrases of word lists are found in a row of words, overlapping ones too."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.core.understand.phrases import Phrases

Names = tuple[str, ...]


def tree(*phrases: tuple[str, str]) -> Phrases[Names]:
    return Phrases([(name, tuple(words.split())) for name, words in phrases], lambda names: names)


def found(phrases: Phrases[Names], text: str) -> list[tuple[str, int, int]]:
    words = [phrases.beginning(word) for word in text.split()]
    return [("+".join(m), start, end) for m, start, end in phrases.find(words, range(len(words)))]


SIGNS = tree(
    ("numb", "numb"),
    ("numb", "no feeling"),
    ("saddle", "no feeling down there"),
    ("leg", "leg"),
    ("limb", "leg"),
    ("tingling", "tingl*"),
    ("tingling", "pins and needles"),
    ("both", "pins and needles in both legs"),
    ("toes", "tingling toes"),
    ("feet", "tingl* feet"),
    ("lost", "lost control"),
    ("bladder", "lost control of bladder"),
    ("bowel", "lost control of bowel*"),
)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("my leg is numb", [("leg+limb", 1, 2), ("numb", 3, 4)]),
        ("no feeling", [("numb", 0, 2)]),
        ("no feeling down there", [("numb", 0, 2), ("saddle", 0, 4)]),
        ("no feeling down", [("numb", 0, 2)]),
        ("no", []),
        ("feeling no", []),
        ("i lost control of bladder", [("lost", 1, 3), ("bladder", 1, 5)]),
        ("lost control of bowels", [("lost", 0, 2), ("bowel", 0, 4)]),
        ("pins and needles", [("tingling", 0, 3)]),
        ("pins and needles in both legs", [("tingling", 0, 3), ("both", 0, 6)]),
        ("pins and needles in both arms", [("tingling", 0, 3)]),
        ("tingl", [("tingling", 0, 1)]),
        ("tingling feet", [("tingling", 0, 1), ("feet", 0, 2)]),
        ("tingling toes", [("tingling", 0, 1), ("toes", 0, 2)]),
        ("ting", []),
        ("", []),
    ],
)
def test_phrases_are_found_with_their_place(text: str, signs: list[tuple[str, int, int]]) -> None:
    assert found(SIGNS, text) == signs


def test_the_places_of_words_in_their_message_are_told() -> None:
    words = [SIGNS.beginning(word) for word in ("no", "feeling", "down", "there", "leg")]
    assert SIGNS.find(words, [1, 3, 6, 7, 9]) == [
        (("numb",), 1, 4),
        (("saddle",), 1, 8),
        (("leg", "limb"), 9, 10),
    ]


def test_long_phrases_are_found_in_the_order_of_the_lists() -> None:
    longest_first = tree(
        ("z", "worse when i walk uphill"), ("y", "worse when i"), ("x", "worse when i walk")
    )
    assert found(longest_first, "worse when i walk uphill") == [
        ("z", 0, 5),
        ("y", 0, 3),
        ("x", 0, 4),
    ]
    alike = tree(("z", "worse at night"), ("y", "worse at night"), ("a", "worse at nigh*"))
    assert found(alike, "worse at night") == [("z+y", 0, 3), ("a", 0, 3)]


def test_what_the_same_words_stand_for_is_made_once_and_in_order() -> None:
    made: list[Names] = []

    def meaning(names: Names) -> Names:
        made.append(names)
        return names

    listed: Iterable[tuple[str, Names]] = [
        ("numb", ("numb",)),
        ("numb", ("no", "feeling")),
        ("numb", ("numb",)),
        ("dull", ("numb",)),
        ("numb", ("cannot", "feel")),
        ("weak", ()),
    ]
    phrases = Phrases(listed, meaning)
    assert sorted(made) == [("numb",), ("numb", "dull")]
    assert found(phrases, "numb no feeling cannot feel") == [
        ("numb+dull", 0, 1),
        ("numb", 1, 3),
        ("numb", 3, 5),
    ]


def test_the_vocabulary_holds_whole_words_and_stems() -> None:
    phrases = tree(("a", "tingl* in leg*"), ("b", "leg"), ("c", "in leg"))
    assert phrases.vocabulary() == (frozenset({"in", "leg"}), frozenset({"tingl", "leg"}))


def test_a_word_is_known_by_itself_and_by_the_stems_that_it_begins_with() -> None:
    phrases = tree(("a", "my tingl*"), ("b", "my tingling"), ("c", "tingly leg"))
    assert phrases.beginning("tingling").keys == ("tingling", "tingl*")
    assert phrases.beginning("tingl").keys == ("tingl*",)
    assert phrases.beginning("tingly").keys == ("tingl*",)
    assert phrases.beginning("tin").keys == ()
    assert phrases.beginning("tin").following == ()
    assert phrases.beginning("tingly").alone == ()
