"""Keys and knowledge to replies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

import bot
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge, Outcome
from bot.core.messages import Kind, Reply
from bot.core.state import Facts, Plan, UserState
from bot.core.stretches import plan
from bot.core.triage import Rulebook, Verdict, assess
from bot.core.wording.pieces import before, token
from bot.core.wording.wording import Wording
from tests.core.person import MONDAY, YES, Person, facts_with

MARK = re.compile(r"\{[a-z_]*\}")
LINK = re.compile(r"https?://|www\.|t\.me/", re.IGNORECASE)
TELEGRAM_LIMIT = 4096
LONGEST_SESSION = "zzzzzzz"
KEYED = {"text": 0, "line": 0, "plain": 0, "menu": 1}


@pytest.fixture(scope="module")
def wording(dialogue: Dialogue) -> Wording:
    return dialogue.context.wording


def trees() -> Iterator[tuple[Path, ast.Module]]:
    root = Path(bot.__file__).parent
    for file in sorted(root.rglob("*.py")):
        yield file, ast.parse(file.read_text(encoding="utf-8"))


TREES = list(trees())
CONSTANTS = {
    node.value
    for _, tree in TREES
    for node in ast.walk(tree)
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}
PREFIXES = {
    part.value
    for _, tree in TREES
    for node in ast.walk(tree)
    if isinstance(node, ast.JoinedStr)
    for part in node.values[:1]
    if isinstance(part, ast.Constant) and isinstance(part.value, str)
}


def keys_in_calls() -> Iterator[tuple[str, str]]:
    for file, tree in TREES:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            place = KEYED.get(node.func.attr)
            if place is None or len(node.args) <= place:
                continue
            owner = ast.unparse(node.func.value)
            key = node.args[place]
            if not (owner in {"self", "wording"} or owner.endswith("wording")):
                continue
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield f"{file.name}:{node.lineno}", key.value


def words_of(reply: Reply) -> str:
    return "\n".join(line.text for line in reply.lines)


def verdicts(book: Rulebook) -> Iterator[tuple[str, Verdict]]:
    """A verdict for every flag alone and for every combination."""
    for flag in book.knowledge.flags:
        verdict = assess(book, facts_with(book, flag.id))
        if verdict.because:
            yield flag.id, verdict
    for entry in book.knowledge.combinations:
        for name in entry.when.any or entry.when.all[:1]:
            yield entry.id, assess(book, facts_with(book, *entry.when.all, name))


# -- keys ----------------------------------------------------------------------------------------


def test_every_text_key_that_code_asks_for_exists(knowledge: Knowledge) -> None:
    found = list(keys_in_calls())
    assert len(found) > 40
    missing = [(place, key) for place, key in found if key not in knowledge.texts]
    assert missing == []


def test_every_text_is_used(knowledge: Knowledge) -> None:
    # An f-string that begins with "reason_" and the like stands for every such key.
    dynamic = {
        "reason_",
        "command_",
        "count_",
        "chart_",
        "subject_",
        "length_",
        "accuracy_",
    } & PREFIXES
    unused = [
        key
        for key in knowledge.texts
        if key not in CONSTANTS and not any(key.startswith(prefix) for prefix in dynamic)
    ]
    assert unused == []


def test_every_reason_that_choosing_stretches_gives_has_words(knowledge: Knowledge) -> None:
    (tree,) = [tree for file, tree in TREES if file.name == "stretches.py"]
    said = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for key in knowledge.texts:
        if key.startswith("reason_"):
            assert key.removeprefix("reason_") in said, key


def test_every_button_label_is_used(knowledge: Knowledge) -> None:
    assert [key for key in knowledge.buttons if key not in CONSTANTS] == []


def test_marks_are_filled_with_what_is_given(wording: Wording) -> None:
    assert "{" not in wording.text("call_number", number="112")
    assert "112" in wording.text("call_number", number="112")


# -- tokens --------------------------------------------------------------------------------------


def test_every_token_stays_within_64_bytes(knowledge: Knowledge) -> None:
    state = UserState(session=LONGEST_SESSION)
    pairs = [(page.id, item) for page in knowledge.pages for item in page.items]
    pairs += [(page.id, extra) for page in knowledge.pages for extra in ("none", "unsure", "back")]
    pairs += [(q.id, o.id) for q in knowledge.questions for o in (*q.options, q.unsure)]
    for name in (*(f.id for f in knowledge.flags), *(t.id for t in knowledge.traits)):
        pairs += [(f"{way}-{name}", option) for way in ("ask", "again") for option in ("unsure",)]
    pairs += [("change", step) for step in knowledge.order]
    pairs += [(f"stretch{n}", "finish") for n in range(16)]
    for question, option in pairs:
        assert len(token(state, question, option).encode()) <= 64, (question, option)


def test_tokens_of_one_question_differ(wording: Wording, knowledge: Knowledge) -> None:
    state = UserState(session=LONGEST_SESSION)
    replies = [wording.page(state, page) for page in knowledge.pages]
    replies += [wording.choice(state, question) for question in knowledge.questions]
    for reply in replies:
        tokens = [button.token for row in reply.buttons for button in row]
        assert len(tokens) == len(set(tokens)), reply.key


def test_every_question_offers_not_sure_and_back(wording: Wording, knowledge: Knowledge) -> None:
    state = UserState()
    replies = [wording.page(state, page) for page in knowledge.pages]
    replies += [wording.choice(state, question) for question in knowledge.questions]
    replies += [wording.single(state, flag.id) for flag in knowledge.flags]
    for reply in replies:
        options = {b.token.rsplit(".", 1)[1] for row in reply.buttons for b in row}
        assert {"unsure", "back"} <= options, reply.key


def test_a_page_lists_each_item_with_its_number_and_button(
    wording: Wording, knowledge: Knowledge
) -> None:
    for page in knowledge.pages:
        reply = wording.page(UserState(), page)
        numbered = [line for line in reply.lines if line.number]
        assert [line.number for line in numbered] == list(range(1, len(page.items) + 1))
        labels = [button.label for row in reply.buttons for button in row]
        for name in page.items:
            finding = wording.book.findings[name]
            assert finding.item in words_of(reply)
            assert finding.button in labels


def test_a_sign_that_was_said_is_marked_on_its_page(wording: Wording) -> None:
    page = wording.book.pages["unwell"]
    plain = wording.page(UserState(), page)
    said = wording.page(UserState(facts=Facts({"weight_loss": YES})), page)
    assert plain.lines != said.lines
    changed = [
        (a.token, b.token)
        for one, other in zip(plain.buttons, said.buttons, strict=True)
        for a, b in zip(one, other, strict=True)
        if a.label != b.label
    ]
    assert [first.rsplit(".", 1)[1] for first, _ in changed] == ["weight_loss", "none"]


# -- advice --------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", [None, "GB", "US", "IN", "DE", "AU"])
def test_no_advice_leaves_a_mark_unfilled_or_offers_a_link(
    wording: Wording, country: str | None
) -> None:
    state = UserState(country=country)
    for name, verdict in verdicts(wording.book):
        reply = wording.advice(state, verdict)
        assert not MARK.search(words_of(reply)), (name, words_of(reply))
        assert not LINK.search(words_of(reply)), name
        assert reply.safety
        assert reply.outcome is verdict.outcome


@pytest.mark.parametrize("country", [None, "GB"])
def test_advice_for_someone_else_leaves_no_mark_unfilled(
    dialogue: Dialogue, country: str | None
) -> None:
    for text in ("my mum cannot feel her legs", "my dad has a fever", "my wife is suicidal"):
        person = Person(dialogue, UserState(country=country))
        person.say(text)
        reply = person.replies[0]
        assert reply.safety
        assert reply.outcome is not None
        assert not MARK.search(words_of(reply))
        assert not LINK.search(words_of(reply))
        assert not reply.buttons


def test_no_outcome_or_card_or_warning_leaves_a_mark_unfilled(
    dialogue: Dialogue, wording: Wording, knowledge: Knowledge
) -> None:
    marks = {"{call}", "{number}", "{urgent}", "{crisis_line}"}
    texts = [(text.heading, *text.do) for text in knowledge.outcomes]
    texts += [(card.heading, *card.do) for card in knowledge.cards]
    for lines in texts:
        assert set(MARK.findall(" ".join(lines))) <= marks, lines
    replies = Person(dialogue).reviewed().replies
    assert Outcome.SELF_CARE in {reply.outcome for reply in replies}
    for reply in (*replies, wording.warning_signs()):
        assert not MARK.search(words_of(reply))


def test_an_emergency_card_has_no_buttons_and_other_advice_has(wording: Wording) -> None:
    for name, verdict in verdicts(wording.book):
        reply = wording.advice(UserState(), verdict)
        assert bool(reply.buttons) is not verdict.interrupts, name
        assert (reply.question is None) is verdict.interrupts, name


def test_the_first_line_of_advice_says_what_to_do(wording: Wording) -> None:
    for name, verdict in verdicts(wording.book):
        first = wording.advice(UserState(), verdict).lines[0]
        assert first.kind is Kind.TITLE, name
        card = wording.book.cards.get(verdict.card or "")
        text = wording.book.outcomes[verdict.outcome]
        assert first.text == (card.heading if card else text.heading)


def test_advice_names_why_and_what_to_tell_them(wording: Wording) -> None:
    for name, verdict in verdicts(wording.book):
        words = words_of(wording.advice(UserState(), verdict))
        top = verdict.because[0].rule
        assert top.why in words, name
        if verdict.card != "crisis":
            assert any(fired.rule.tell_them or "" in words for fired in verdict.because)


def test_two_cards_of_the_same_level_do_not_hide_the_crisis_card(wording: Wording) -> None:
    facts = facts_with(wording.book, "suicidal_or_crisis", "fever_or_infection", "trauma")
    verdict = assess(wording.book, facts)
    assert verdict.card == "crisis"
    heading = wording.book.cards["crisis"].heading
    assert wording.advice(UserState(), verdict).lines[0].text == heading


def test_thoughts_of_self_harm_beside_an_emergency_still_name_the_crisis_line(
    dialogue: Dialogue, knowledge: Knowledge
) -> None:
    (line,) = [entry for entry in knowledge.crisis_lines if entry.country == "GB"]
    person = Person(dialogue, UserState(country="GB"))
    person.say("i want to die. i wet myself.")
    assert line.number in person.words()
    assert dialogue.book.outcomes[Outcome.EMERGENCY_GO].heading in person.words()


# -- countries -----------------------------------------------------------------------------------


def test_every_country_has_its_number_in_an_emergency(
    wording: Wording, knowledge: Knowledge
) -> None:
    verdict = assess(wording.book, facts_with(wording.book, "chest_pain_or_breathless"))
    assert len(knowledge.emergency_numbers) > 50
    for entry in knowledge.emergency_numbers:
        words = words_of(wording.advice(UserState(country=entry.country), verdict))
        assert entry.emergency in words, entry.country


def test_without_a_country_the_usual_numbers_are_named_and_the_country_is_asked(
    wording: Wording,
) -> None:
    verdict = assess(wording.book, facts_with(wording.book, "chest_pain_or_breathless"))
    words = words_of(wording.advice(UserState(), verdict))
    assert "112" in words
    assert "country" in words


def test_the_urgent_line_and_the_crisis_line_of_a_country_are_named(
    wording: Wording, knowledge: Knowledge
) -> None:
    urgent = assess(wording.book, facts_with(wording.book, "fever_or_infection"))
    for entry in knowledge.emergency_numbers:
        if entry.urgent_line:
            words = words_of(wording.advice(UserState(country=entry.country), urgent))
            assert entry.urgent_line in words, entry.country
    crisis = assess(wording.book, facts_with(wording.book, "suicidal_or_crisis"))
    for line in knowledge.crisis_lines:
        words = words_of(wording.advice(UserState(country=line.country), crisis))
        assert line.number in words, line.country


def test_a_country_is_known_by_its_name_and_aliases(
    wording: Wording, knowledge: Knowledge
) -> None:
    names = [(n, e.country) for e in knowledge.emergency_numbers for n in (e.name, *e.aliases)]
    for name, country in names:
        assert wording.country_named(f" {name} ") == country, name
    assert wording.country_named("GERMANY.") == "DE"
    assert wording.country_named("Atlantis") is None


@pytest.mark.parametrize("word", ["no", "No.", "is", "in", "it", "me", "my", "am", "be"])
def test_an_everyday_word_is_not_the_code_of_a_country(wording: Wording, word: str) -> None:
    assert wording.country_named(word) is None


# -- other replies -------------------------------------------------------------------------------


def routines(book: Rulebook) -> Iterator[tuple[Plan, Facts]]:
    for names in (("recent_onset",), ("preventing",), ("pain_severe", "bed_only"), ("no_floor",)):
        facts = facts_with(book, *names)
        yield plan(book, facts, (), MONDAY, 10), facts


def test_every_stretch_can_be_shown_with_its_dose_and_where_to_stop(
    wording: Wording, knowledge: Knowledge
) -> None:
    shown = set()
    for made, _ in routines(wording.book):
        for index, item in enumerate(made.items):
            words = words_of(wording.stretch(UserState(), made, index))
            stretch = wording.book.stretches[item.stretch]
            shown.add(stretch.id)
            assert not MARK.search(words)
            assert stretch.stop[0] in words
            assert str(item.repetitions) in words
            for tip in item.tips:
                assert tip in words
    assert len(shown) >= 10
    assert len(knowledge.stretches) == 16


def test_the_overview_names_every_stretch_with_a_reason_in_words(wording: Wording) -> None:
    for made, _ in routines(wording.book):
        reply = wording.overview(made)
        words = words_of(reply)
        assert not MARK.search(words)
        for stretch in wording.book.knowledge.stretches:
            assert stretch.name in words
        assert reply.stretches == tuple(item.stretch for item in made.items)


def test_the_longest_messages_stay_within_what_telegram_takes(
    wording: Wording, knowledge: Knowledge
) -> None:
    state = UserState(country="GB")
    replies = [wording.page(state, page) for page in knowledge.pages]
    replies += [wording.choice(state, question) for question in knowledge.questions]
    replies += [wording.advice(state, verdict) for _, verdict in verdicts(wording.book)]
    for first, second in combinations([flag.id for flag in knowledge.flags][::5], 2):
        verdict = assess(wording.book, facts_with(wording.book, first, second))
        if verdict.because:
            replies.append(wording.advice(state, verdict))
    replies += [wording.overview(made) for made, _ in routines(wording.book)]
    replies += [
        wording.stretch(state, made, index)
        for made, _ in routines(wording.book)
        for index in range(len(made.items))
    ]
    replies += [wording.warning_signs(), wording.plain("help"), wording.plain("privacy")]
    for reply in replies:
        assert len(words_of(reply)) < TELEGRAM_LIMIT, reply.key


def test_why_names_the_rules_that_fired_those_denied_and_those_not_asked(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).same_day()
    replies = person.command("why")
    keys = {reply.key for reply in replies}
    assert {"why", "why_denied", "why_not_asked"} <= keys
    assert replies[0].outcome is Outcome.SAME_DAY
    assert not any(MARK.search(words_of(reply)) for reply in replies)
    fired = words_of(replies[0])
    assert dialogue.book.flags["fever_or_infection"].why in fired
    for source in dialogue.book.flags["fever_or_infection"].sources:
        assert dialogue.book.sources[source].short in fired


def test_lines_can_be_put_before_a_reply(wording: Wording) -> None:
    reply = wording.plain("help")
    line = wording.line("cleared")
    assert before(reply, line).lines == (line, *reply.lines)
    assert before(reply) is reply
