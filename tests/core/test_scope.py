"""How words are meant: where a clause begins, and what is denied, another's, past or supposed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import groupby

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge
from bot.core.understand.phrases import Found
from bot.core.understand.scope import Scope, ScopeWords, Scoping

Scoped = Callable[[str], Scoping]


@pytest.fixture(scope="module")
def scoped(dialogue: Dialogue, knowledge: Knowledge) -> Scoped:
    """A text with its clauses and the marks of the word lists."""
    lexicon = dialogue.context.reader.lexicon

    def of(text: str) -> Scoping:
        found = lexicon.words(text)
        marks: dict[str, list[Found]] = defaultdict(list)
        for exact, start, end in lexicon.exact(found):
            for name in exact.marks:
                marks[name].append(Found(start, end))
        return Scoping(ScopeWords(knowledge.scopes), [word.text for word in found], marks)

    return of


def clauses(scoping: Scoping) -> list[str]:
    numbered = zip(scoping.clauses, scoping.words, strict=True)
    return [
        " ".join(word for _, word in clause)
        for _, clause in groupby(numbered, key=lambda pair: pair[0])
    ]


def meant(scoping: Scoping, *signs: str) -> Scope:
    """How the signs are meant together, each said by one word."""
    places = [list(scoping.words).index(sign) for sign in signs]
    return scoping.of([Found(at, at + 1) for at in places], frozenset(places))


# -- where a clause begins -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("no fever, numbness or tingling", ["no fever , numbness or tingling"]),
        ("no fever, numbness nor tingling", ["no fever , numbness nor tingling"]),
        ("no fever, chills", ["no fever , chills"]),
        ("no fever, no chills today", ["no fever , no chills today"]),
        ("I have no fever, or do chills count", ["i have no fever , or do chills count"]),
        ("not weak, tingly or numb", ["not weak , tingly or numb"]),
        ("not weak, tingly nor numb", ["not weak , tingly nor numb"]),
        ("not in my legs, tingly", ["not in my legs , tingly"]),
        ("years ago, leg numb", ["years ago , leg numb"]),
        ("I said I leak", ["i said i leak"]),
        ("no tingling in my legs", ["no tingling in my legs"]),
    ],
)
def test_a_list_goes_on_and_an_opening_belongs_to_what_follows(
    scoped: Scoped, text: str, parts: list[str]
) -> None:
    assert clauses(scoped(text)) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("no pain, legs numb", ["no pain", ", legs numb"]),
        ("no, tingling", ["no", ", tingling"]),
        ("not weak, tingly", ["not weak", ", tingly"]),
        ("I do not feel weak, tingly", ["i do not feel weak", ", tingly"]),
        ("weak, not numb, tingly", ["weak", ", not numb", ", tingly"]),
        ("numb last year, toes fine now", ["numb last year", ", toes fine now"]),
        (
            "no tingling, weak in my left foot since Monday night or Tuesday",
            ["no tingling", ", weak in my left foot", "since monday night or tuesday"],
        ),
        ("no fever: tingling", ["no fever", ": tingling"]),
        ("no fever. my leg numb", ["no fever .", "my leg numb"]),
        ("no fever. legs numb", ["no fever .", "legs numb"]),
        ("I am weak. , or", ["i am weak .", ", or"]),
        ("I leak when I walk", ["i leak", "when i walk"]),
        ("no pain I leak", ["no pain", "i leak"]),
        ("not numb just tingly", ["not numb", "just tingly"]),
        ("my back hurts my leg is numb", ["my back hurts", "my leg is numb"]),
        ("no pain and some toes of mine are numb", ["no pain", "and some toes of mine are numb"]),
    ],
)
def test_a_statement_of_its_own_begins_a_clause(
    scoped: Scoped, text: str, parts: list[str]
) -> None:
    assert clauses(scoped(text)) == parts


# -- one's own -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "my leg is numb",
        "my leg is numb. as a child, I fell",
        "my leg is numb as if I had slept on it",
        "what if it gets worse, my leg is numb now",
        "what if my leg goes numb again",
        "no lie, my leg is numb",
        "numb leg since Monday",
    ],
)
def test_what_is_neither_past_nor_supposed_is_ones_own_and_now(scoped: Scoped, text: str) -> None:
    assert meant(scoped(text), "numb") is Scope.OWN


@pytest.mark.parametrize(
    "text",
    [
        "lifting my mum hurt, leg numb",
        "lifting mum, leg numb",
        "lifting the wife, leg numb",
        "I hurt him, leg numb",
        "panting like a dog, my leg is numb",
        "like my mum, leg numb",
        "as my mum says my leg is numb",
        "nan here, leg numb",
        "gave birth to my boy, leg numb",
        "my nan has thin bones but I am numb",
        "I am numb, my nan is too",
        "Her back hurts. Leg numb",
    ],
)
def test_who_is_only_named_does_not_take_what_i_have(scoped: Scoped, text: str) -> None:
    assert meant(scoped(text), "numb") is Scope.OWN


@pytest.mark.parametrize(
    "text",
    [
        "my mum has a numb leg",
        "mum numb",
        "mum as well has a numb leg",
        "his leg is numb",
        "my back hurts. his leg is numb",
        "my back went. so then my wife called, leg numb",
        "my boy was born, my nan has a numb leg",
        "I am lifting, wife has a numb leg",
    ],
)
def test_what_is_said_of_another_person_is_theirs(scoped: Scoped, text: str) -> None:
    assert meant(scoped(text), "numb") is Scope.OTHER


@pytest.mark.parametrize(
    "text", ["I went home and my wife called, leg numb", "I walk just like an old dog, leg numb"]
)
def test_whose_it_is_stays_open_when_someone_is_named_late(scoped: Scoped, text: str) -> None:
    assert meant(scoped(text), "numb") is Scope.UNCLEAR


def test_who_worries_about_me_is_still_the_one_who_has_it(scoped: Scoped) -> None:
    assert meant(scoped("my nan has thin bones and worries about me"), "bones") is Scope.OTHER
    assert meant(scoped("my nan has thin bones and told me"), "bones") is Scope.OWN


def test_of_two_signs_one_may_be_another_persons(scoped: Scoped) -> None:
    assert meant(scoped("my nephew fell, I hurt my back"), "fell", "hurt") is Scope.UNCLEAR
    assert meant(scoped("my nephew fell, he hurt his back"), "fell", "hurt") is Scope.OTHER
    assert meant(scoped("I fell, and hurt my back"), "fell", "hurt") is Scope.OWN


# -- denied --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "signs", "scope"),
    [
        ("not numb", "numb", Scope.DENIED),
        ("it is no lie no numb leg", "numb", Scope.DENIED),
        ("never in any of the toes of both feet numb", "numb", Scope.DENIED),
        ("no tingling in any of the toes of feet numb", "numb", Scope.OWN),
        ("numb none", "numb", Scope.DENIED),
        ("numb at the toes none", "numb", Scope.DENIED),
        ("numb in all the toes none", "numb", Scope.OWN),
        ("fever? nope", "fever", Scope.DENIED),
        ("fever? nope. numb? yes", "fever", Scope.DENIED),
        ("fever? nope. numb? yes", "numb", Scope.OWN),
        ("numb? yes. weak? no", "numb", Scope.OWN),
        ("fever. nope", "fever", Scope.OWN),
        ("no pain, leg numb", "leg numb", Scope.OWN),
        ("no fever. leg numb", "leg numb", Scope.OWN),
        ("chest does not hurt", "chest hurt", Scope.DENIED),
        ("no chest hurt", "chest hurt", Scope.DENIED),
        ("no bleeding and I am pregnant", "bleeding pregnant", Scope.DENIED),
        ("no pain or bleeding and I am pregnant", "bleeding pregnant", Scope.OWN),
    ],
)
def test_a_denial_covers_what_is_near_it_in_its_clause(
    scoped: Scoped, text: str, signs: str, scope: Scope
) -> None:
    assert meant(scoped(text), *signs.split()) is scope


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("no numb toes", True),
        ("no really numb toes", False),
        ("not numb", False),
        ("numb none", False),
    ],
)
def test_a_no_directly_before_a_word_denies_it_at_once(
    scoped: Scoped, text: str, *, denied: bool
) -> None:
    scoping = scoped(text)
    assert scoping.denied_at_once(list(scoping.words).index("numb")) is denied


# -- the past ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sign", "scope"),
    [
        ("a fall last year", "fall", Scope.PAST),
        ("last year, numb toes", "numb", Scope.PAST),
        ("my back went. Last year, numb toes", "numb", Scope.PAST),
        ("numb when I was nine", "numb", Scope.PAST),
        ("my leg was numb when I was nine", "numb", Scope.PAST),
        ("leaked last year, still do", "leaked", Scope.PAST),
        ("leaked years ago and now again", "leaked", Scope.PAST),
        ("leaked years ago", "leaked", Scope.LONG_PAST),
        ("leaked in 2016. Now my back is stiff", "leaked", Scope.LONG_PAST),
        ("a fall in 2009", "fall", Scope.LONG_PAST),
        ("a fall in 2009, all healed", "fall", Scope.HEALED),
        ("a fall in 2009. It has now all healed", "fall", Scope.HEALED),
        ("a fall in 2009. It has by now all healed", "fall", Scope.LONG_PAST),
        ("a fall in 2009. Ouch. All healed", "fall", Scope.LONG_PAST),
        ("healed, then a fall in 2009", "fall", Scope.LONG_PAST),
        ("a fall long since, mended", "fall", Scope.HEALED),
        ("a fall way back, mended", "fall", Scope.HEALED),
        ("a fall, mended", "fall", Scope.OWN),
    ],
)
def test_the_past_is_long_past_or_healed_when_said_so_nearby(
    scoped: Scoped, text: str, sign: str, scope: Scope
) -> None:
    assert meant(scoped(text), sign) is scope


# -- supposed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "if I had a numb leg",
        "what if my leg goes numb",
        "if my leg gets numb as if I had slept on it",
        "is a numb leg dangerous?",
        "should someone worry about numb toes",
        "when should someone worry about numb toes",
        "when should a person go in, just for numb toes",
    ],
)
def test_what_is_only_supposed_or_asked_in_general_is_a_what_if(scoped: Scoped, text: str) -> None:
    assert meant(scoped(text), "numb") is Scope.WHAT_IF


@pytest.mark.parametrize(
    "text",
    [
        "is a numb leg dangerous",
        "is a numb leg dangerous when I walk?",
        "is my numb leg dangerous?",
        "is a numb leg normal for me?",
        "is numb toes of mine normal?",
        "why am numb?",
        "are toes numb when having back pain?",
        "does numb toes come when you have back pain?",
        "numb toes dangerous?",
    ],
)
def test_a_question_about_oneself_is_no_general_one(scoped: Scoped, text: str) -> None:
    assert meant(scoped(text), "numb") is Scope.OWN
