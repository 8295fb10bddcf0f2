"""Where patterns fit: how near their concepts must stand, in which order, and what blocks them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from bot.core.knowledge import Knowledge
from bot.core.patterns import Pattern, parsed
from bot.core.understand.matching import (
    MOST_WAYS,
    Hit,
    Match,
    Matching,
    Senses,
    concepts_in,
    fitting,
)
from bot.core.understand.scope import ScopeWords, Scoping

CONCEPTS = ("leg", "numb", "worse", "sport", "sofa")  # each is said by the word of its name
Fits = Callable[..., list[Match]]


def pattern(text: str, flag: str = "flag", *, raises: bool = True) -> Pattern:
    return parsed(flag, text, raises=raises)


@pytest.fixture
def fits(knowledge: Knowledge) -> Fits:
    """The ways in which patterns fit a text; `idiom` are the words inside a figure of speech."""

    def found(
        text: str, said: str, *, idiom: Sequence[str] = (), both: Sequence[str] = ()
    ) -> list[Match]:
        words = said.split()
        senses = Senses([pattern(one) for one in text.split(";")], CONCEPTS)
        hits: list[Hit] = [
            (senses.of((word,)), at, at + 1) for at, word in enumerate(words) if word in CONCEPTS
        ]
        if both:  # one word that says two things
            hits = [(senses.of(tuple(both)), 0, 1)]
        hidden = [hit for hit in hits if words[hit[1]] in idiom]
        hits = [hit for hit in hits if hit not in hidden]
        present = concepts_in(hits)
        scoping = Scoping(ScopeWords(knowledge.scopes), words, {})
        fit = fitting(hits, present)
        matching = Matching(fit, hits, hidden, scoping, present)
        return [match for wanted in fit for match in matching.matches(wanted)]

    return found


def filler(words: int) -> str:
    return " ".join(["then"] * words)


# -- how near ------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [0, 1, 12])
def test_two_concepts_fit_in_any_order_up_to_12_words_apart(fits: Fits, words: int) -> None:
    assert fits("leg + numb", f"leg {filler(words)} numb")
    assert fits("leg + numb", f"numb {filler(words)} leg")


def test_concepts_13_words_apart_do_not_fit(fits: Fits) -> None:
    assert not fits("leg + numb", f"leg {filler(13)} numb")
    assert not fits("leg + numb", f"numb {filler(13)} leg")


def test_a_third_concept_must_be_near_one_of_the_others(fits: Fits) -> None:
    three = "leg + numb + worse"
    assert fits(three, f"leg {filler(10)} numb {filler(10)} worse")
    assert fits(three, f"worse {filler(10)} leg {filler(10)} numb")
    assert not fits(three, f"leg numb {filler(13)} worse")
    assert not fits(three, f"leg {filler(13)} numb worse")


@pytest.mark.parametrize("words", [0, 3])
def test_what_follows_in_a_chain_stands_at_most_3_words_later(fits: Fits, words: int) -> None:
    (match,) = fits("leg > numb", f"so leg {filler(words)} numb now")
    assert match.parts == [(1, words + 3)]
    assert match.inside == {1, words + 2}
    assert match.together


@pytest.mark.parametrize(
    "said",
    ["leg then then then then numb", "numb leg", "leg but numb", "leg , numb", "leg . numb"],
)
def test_a_chain_is_broken_by_distance_order_a_turn_and_a_mark(fits: Fits, said: str) -> None:
    assert not fits("leg > numb", said)


def test_a_chain_may_have_three_links(fits: Fits) -> None:
    (match,) = fits("leg > numb > worse", "leg is numb and worse")
    assert match.parts == [(0, 5)]
    assert match.inside == {0, 2, 4}
    assert not fits("leg > numb > worse", "leg worse numb")


def test_one_word_does_not_serve_two_parts(fits: Fits) -> None:
    assert not fits("leg + numb", "numbleg", both=("leg", "numb"))
    assert fits("leg", "numbleg", both=("leg", "numb"))


def test_one_word_does_not_serve_the_first_and_the_last_part(fits: Fits) -> None:
    assert not fits("leg + numb + leg", "leg numb")
    assert fits("leg + numb + leg", "leg numb leg")


def test_every_way_in_which_a_pattern_fits_is_found_in_the_order_of_the_words(fits: Fits) -> None:
    ways = fits("leg + numb", "leg numb then numb leg")
    assert [set(match.inside) for match in ways] == [{0, 1}, {0, 3}, {1, 4}, {3, 4}]


def test_only_so_many_ways_are_looked_at(fits: Fits) -> None:
    assert len(fits("leg", " ".join(["leg"] * (MOST_WAYS + 10)))) == MOST_WAYS


def test_each_of_several_patterns_is_found(fits: Fits) -> None:
    ways = fits("leg + numb; numb > worse; sofa", "numb and worse leg , on the sofa")
    assert sorted(sorted(match.inside) for match in ways) == [[0, 2], [0, 3], [7]]


# -- sentences -----------------------------------------------------------------------------------


def test_parts_in_one_sentence_are_together(fits: Fits) -> None:
    (match,) = fits("leg + numb", "my leg is numb")
    assert match.together
    assert match.parts == [(1, 2), (3, 4)]
    assert match.inside == {1, 3}


@pytest.mark.parametrize("said", ["my leg . it is numb", "all numb . my leg", "my leg ! numb ."])
def test_parts_in_neighbouring_sentences_fit_but_not_together(fits: Fits, said: str) -> None:
    (match,) = fits("leg + numb", said)
    assert not match.together


def test_parts_in_sentences_with_one_between_do_not_fit(fits: Fits) -> None:
    assert not fits("leg + numb", "my leg . ouch . it is numb")
    assert not fits("numb + leg", "my leg . ouch . it is numb")


# -- what blocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "fit"),
    [
        ("leg + numb - sport", "leg numb after sport", False),
        ("leg + numb - sport", "sport , leg numb", True),
        ("leg + numb - sport", "leg , numb sport", False),
        ("leg + numb - sport", "leg numb", True),
        ("leg + numb - sport", "leg numb . sport", True),
        ("leg + numb - sport - sofa", "leg numb on the sofa", False),
        ("leg + numb -- sport", "sport then , leg is numb", False),
        ("leg + numb -- sport", "leg numb . sport", True),
        ("leg + numb -- sport", "sofa . leg numb", True),
        ("leg + numb -- sport - sofa", "leg numb sofa", False),
        ("leg + numb -- sport - sofa", "leg numb worse", True),
        ("leg > numb - sport", "leg sport numb", False),
    ],
)
def test_what_must_not_be_there_blocks_in_the_statement_or_the_sentence(
    fits: Fits, text: str, said: str, *, fit: bool
) -> None:
    assert bool(fits(text, said)) is fit


def test_what_blocks_one_way_leaves_the_others(fits: Fits) -> None:
    (match,) = fits("leg - sport", "leg sport . leg")
    assert match.inside == {3}


def test_a_figure_of_speech_blocks_but_is_no_part(fits: Fits) -> None:
    assert not fits("leg + numb", "leg numb", idiom=["numb"])
    assert not fits("leg + numb - sport", "leg numb sport", idiom=["sport"])
    assert not fits("leg + numb -- sport", "leg numb sport", idiom=["sport"])
    assert fits("leg + numb - sport", "leg numb sofa", idiom=["sofa"])


# -- what words mean together --------------------------------------------------------------------

RAISES, ASKS = pattern("leg + numb"), pattern("leg", "wide", raises=False)
THREE = pattern("leg + numb + worse - sport -- sofa", "three")


@pytest.fixture
def senses() -> Senses:
    return Senses([ASKS, RAISES, THREE], CONCEPTS)


def hits(senses: Senses, *words: str) -> list[Hit]:
    return [(senses.of((word,)), at, at + 1) for at, word in enumerate(words)]


def flags(senses: Senses, *words: str) -> list[str]:
    said = hits(senses, *words)
    return [wanted.pattern.flag for wanted in fitting(said, concepts_in(said))]


def test_a_pattern_fits_when_all_that_it_needs_is_said(senses: Senses) -> None:
    assert flags(senses, "leg") == ["wide"]
    assert flags(senses, "numb") == []
    assert flags(senses, "numb", "worse") == []
    assert flags(senses, "worse", "leg") == ["wide"]


def test_patterns_that_raise_come_first_and_each_once(senses: Senses) -> None:
    assert flags(senses, "leg", "numb") == ["flag", "wide"]
    assert flags(senses, "leg", "numb", "leg", "numb") == ["flag", "wide"]
    assert set(flags(senses, "leg", "numb", "worse")) == {"flag", "wide", "three"}
    assert flags(senses, "leg", "numb", "worse")[-1] == "wide"


def test_each_concept_has_a_bit_and_the_most_frequent_the_lowest(senses: Senses) -> None:
    bits = {name: senses.of((name,)).bits for name in CONCEPTS}
    assert bits == {"leg": 1, "numb": 2, "worse": 4, "sofa": 8, "sport": 16}
    assert concepts_in(hits(senses, "leg", "worse", "leg")) == 5
    assert concepts_in([]) == 0


def test_a_pattern_waits_under_its_rarest_concept_for_the_next_rarest(senses: Senses) -> None:
    under = {name: [w.pattern for w in senses.of((name,)).patterns] for name in CONCEPTS}
    assert under == {"leg": [ASKS], "numb": [RAISES], "worse": [THREE], "sport": [], "sofa": []}
    partners = {name: senses.of((name,)).partners for name in CONCEPTS}
    assert partners == {"leg": 1, "numb": 1, "worse": 2, "sport": 0, "sofa": 0}


def test_what_a_pattern_needs_and_what_blocks_it_are_bits(senses: Senses) -> None:
    (wanted,) = senses.of(("worse",)).patterns
    assert wanted.needs == 7
    assert wanted.rest == 3
    assert wanted.unless == 16
    assert wanted.unless_near == 8


def test_words_that_stand_for_several_concepts_have_the_sense_of_all(senses: Senses) -> None:
    assert senses.of(("numb",)).concepts == ("numb",)
    both = senses.of(("numb", "worse"))
    assert both.bits == 6
    assert both.partners == 3
    assert [wanted.pattern for wanted in both.patterns] == [RAISES, THREE]
    assert both.concepts == ("numb", "worse")
