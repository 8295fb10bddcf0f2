"""The strict loader: a mistake in knowledge/ is told with file, line and what to do."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot.adapters.knowledge_files import folder, load
from bot.core.errors import KnowledgeError
from tests import cached_yaml


@dataclass(frozen=True)
class Planted:
    """A copy of the knowledge folder in which lines are changed by hand."""

    root: Path

    def lines(self, file: str) -> list[str]:
        return (self.root / file).read_text(encoding="utf-8").split("\n")

    def write(self, file: str, lines: list[str]) -> None:
        (self.root / file).write_text("\n".join(lines), encoding="utf-8")

    def line_of(self, file: str, start: str, after: int = 0) -> int:
        """The number of the first line from `after` on that begins with `start`."""
        for number, line in enumerate(self.lines(file)[after:], after + 1):
            if line.strip().removeprefix("- ").startswith(start):
                return number
        raise AssertionError(f"{file} has no line that begins with {start!r}")

    def change(self, file: str, entry: str, field: str, new: str | list[str]) -> int:
        """Replace the field's line in the entry `id: ...`; returns its number."""
        number = self.line_of(file, field, self.line_of(file, entry) - 1)
        lines = self.lines(file)
        indent = lines[number - 1][: len(lines[number - 1]) - len(lines[number - 1].lstrip())]
        written = [new] if isinstance(new, str) else new
        lines[number - 1 : number] = [indent + line for line in written]
        self.write(file, lines)
        return number

    def problems(self) -> tuple[str, ...]:
        with pytest.raises(KnowledgeError) as refused:
            load(self.root)
        assert str(refused.value).splitlines() == list(refused.value.problems)
        return refused.value.problems


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    monkeypatch.setattr(yaml, "compose", cached_yaml.compose)
    root = Path(shutil.copytree(folder(), tmp_path / "knowledge"))
    for file in (root / "concepts").glob("*.yaml"):
        # The long word lists have no part in these mistakes, and loading them takes most time.
        names = re.findall(r"^  (\w+):", file.read_text(encoding="utf-8"), re.MULTILINE)
        lines = (f"  {name}: [{name}]" for name in names)
        file.write_text("\n".join(("concepts:", *lines)), encoding="utf-8")
    (root / "words" / "guard.yaml").unlink(missing_ok=True)
    return Planted(root)


def entry(name: str) -> str:
    return f"id: {name}"


FLAGS, ILLNESS = "red_flags/pelvis.yaml", "red_flags/illness_and_pregnancy.yaml"
TOGETHER, STRETCHES = "red_flags/combinations.yaml", "stretches/kneeling.yaml"
FIGURE = "figures/child_pose.yaml"
LONG = " ".join(["word"] * 21) + "."
LOAD = "load_shedding"  # no such name anywhere


@dataclass(frozen=True)
class Mistake:
    """Where a line is changed, into what, and what the error must say."""

    file: str
    entry: str
    field: str
    new: str | tuple[str, ...]
    says: str
    remedy: str
    later: int = 0  # lines from the change to the line that the error names


MISTAKES = {
    "a rule without a source": Mistake(
        *(FLAGS, entry("saddle_numbness"), "sources:", "sources: []"),
        *("sources: is too short", "at least 1 item"),
    ),
    "a source that does not exist": Mistake(
        *(FLAGS, entry("saddle_numbness"), "sources:", "sources: [my_uncle]"),
        *("sources: my_uncle is not in sources.yaml", "add it there or correct it"),
    ),
    "a dose from a source that does not exist": Mistake(
        *(STRETCHES, entry("child_pose"), "source: ssor", "- source: my_uncle"),
        *("sources: my_uncle is not in sources.yaml", "add it there or correct it"),
    ),
    "a key that stands twice": Mistake(
        *(FLAGS, entry("saddle_numbness"), "outcome:"),
        ("outcome: emergency_go", "outcome: emergency_go"),
        *("outcome: this key stands twice", "remove one", 1),
    ),
    "an answer that leads to no sign": Mistake(
        *("screening.yaml", "leads_to:", "tingling:", "tingling: fizzy_foot"),
        *("'fizzy_foot' is no flag or trait", "correct the id"),
    ),
    "two sides of no flag": Mistake(
        *("screening.yaml", "rules:", "both_sides:"),
        "both_sides: {of: [fizzy_foot], are: bilateral_leg_symptoms, within_days: '14'}",
        *("'fizzy_foot' is no flag", "correct the id"),
    ),
    "a beginning that is no answer": Mistake(
        *("screening.yaml", "rules:", "begun_days:", "begun_days: {last_tuesday: '4'}"),
        *("'last_tuesday' is no answer to since_when", "correct it or remove it"),
    ),
    "steps that do not go up": Mistake(
        *("screening.yaml", "rules:", "hold_steps:", "hold_steps: ['10', '5']"),
        *("the numbers do not go up", "put them in order"),
    ),
    "a field that does not exist": Mistake(
        *(FLAGS, entry("saddle_numbness"), "why:", ("colour: red", "why: It may be a nerve.")),
        *("colour: is not a known field", "check its spelling, or remove it"),
    ),
    "a misspelt outcome": Mistake(
        *(FLAGS, entry("saddle_numbness"), "outcome:", "outcome: emergancy_go"),
        *("outcome: ", "correct the value (found 'emergancy_go')"),
    ),
    "a date that is none": Mistake(
        *(FLAGS, entry("saddle_numbness"), "review:"),
        "review: {date: last week, reviewer: none yet}",
        *("date: ", "correct the value (found 'last week')"),
    ),
    "an id that stands twice": Mistake(
        *("sources.yaml", entry("livestrong"), entry("livestrong"), "- id: ssor"),
        *("id: ssor is used twice", "rename one"),
    ),
    "a flag that takes the id of another": Mistake(
        *(
            FLAGS,
            entry("sexual_dysfunction"),
            entry("sexual_dysfunction"),
            "- id: saddle_numbness",
        ),
        *("id: saddle_numbness is used twice", "rename one"),
    ),
    "a sentence of over 20 words": Mistake(
        *(FLAGS, entry("saddle_numbness"), "why:", f"why: {LONG}"),
        *("sentence of 21 words", "use at most 20, or split it"),
    ),
    "a negative contraction": Mistake(
        *("texts.yaml", "texts:", "home:", "home: Don't move."),
        *('negative contraction "Don\'t"', "write it in full"),
    ),
    "a link on an emergency card": Mistake(
        *("outcomes.yaml", entry("labour"), "Call your maternity", "- See www.example.org now."),
        *("link: a message gives nothing to click away to", "put it into sources.yaml"),
    ),
    "a word that sounds like blame": Mistake(
        *("texts.yaml", "texts:", "home:", "home: You should rest."),
        *("'should' sounds like blame", "say what to do"),
    ),
    "a concept that does not exist": Mistake(
        *(FLAGS, entry("saddle_numbness"), "hears:", ("hears:", f"  - {LOAD}")),
        *(f"hears: {LOAD} is no concept of knowledge/concepts", "define it there", 1),
    ),
    "a start above the cap": Mistake(
        *(STRETCHES, entry("child_pose"), "start:"),
        "start: {hold: 20, repetitions: 9, sessions: 1}",
        *("start: is above the cap of child_pose", "start lower"),
    ),
    "a dose that is no number": Mistake(
        *(STRETCHES, entry("child_pose"), "start:"),
        "start: {hold: a while, repetitions: 2, sessions: 1}",
        *("hold: ", "correct the value (found 'a while')"),
    ),
    "two questions in one": Mistake(
        *(FLAGS, entry("saddle_numbness"), "question:", "question: Is it numb? Does it tingle?"),
        *("more than one question", "ask one thing at a time"),
    ),
    "a number from a source that does not exist": Mistake(
        *("emergency_numbers.yaml", "country: FR", "sources:", "sources: [my_uncle]"),
        *("sources: my_uncle is not in number_sources", "number_sources"),
    ),
    "a telephone number with letters": Mistake(
        *("emergency_numbers.yaml", "country: FR", "emergency:", "emergency: HELP"),
        *("emergency: ", "correct the value (found 'HELP')"),
    ),
    "an emergency on a page that is none": Mistake(
        *(ILLNESS, entry("weight_loss"), "outcome:", "outcome: emergency_go"),
        *("outcome: weight_loss is an emergency but on no page marked `emergency`", "move it"),
    ),
    "a combination with an unknown flag": Mistake(
        *(TOGETHER, entry("sexual_with_nerve_sign"), "all:", f"all: [sexual_dysfunction, {LOAD}]"),
        *(f"when: {LOAD} is no flag, trait or mark", "correct the name or define it", -1),
    ),
    "a step that is no page or question": Mistake(
        *("screening.yaml", "order:", "since_when", "- since_whenever"),
        *("order: since_whenever is no page or question", "define it"),
    ),
    "a stretch that points to none": Mistake(
        *(STRETCHES, entry("child_pose"), "instead:", "instead: [headstand]"),
        *("child_pose: headstand is no other stretch", "correct the link"),
    ),
    "a hand that does not reach": Mistake(
        *(FIGURE, entry("folded"), "right_hand:"),
        "right_hand: {at: [80, 4, 21], bend: [0, 0, 1]}",
        *("right_hand is", "cm out of reach; bring it nearer"),
    ),
    "a neck that bends too far": Mistake(
        *(FIGURE, entry("folded"), "head:", "head: {bend: -70}"),
        *("folded: head bend -70 is not in -60 to 60", "bend it less"),
    ),
    "a hand in two places": Mistake(
        *(FIGURE, entry("folded"), "right_hand:"),
        "right_hand: {at: [80, 4, 21], on: head, bend: [0, 0, 1]}",
        *("write either at (a point of the room) or on (a part of the body)", "correct the value"),
    ),
    "a direction that points nowhere": Mistake(
        *(
            FIGURE,
            entry("folded"),
            "right_hand:",
            "right_hand: {at: [52, 4, 21], bend: [0, 0, 0]}",
        ),
        *("right_hand: Value error, a direction of three zeros", "correct the value"),
    ),
    "a figure without a pose for its still": Mistake(
        *(FIGURE, entry("child_pose"), "still:", "still: [nowhere]"),
        *("still: no pose has the id nowhere", "name one of the poses"),
    ),
    "a broken indentation": Mistake(
        *(FLAGS, entry("saddle_numbness"), "outcome:", "   outcome: emergency_go"),
        *("not readable as YAML", "check indentation, quotes and colons near this line"),
    ),
    "a quote that is not closed": Mistake(
        *("texts.yaml", "texts:", "home:", 'home: "What now'),
        *("not readable as YAML", "check indentation, quotes and colons near this line"),
    ),
}
# The line of a link is that of the stretch, and YAML notices some faults only further on.
NEARBY = {"a stretch that points to none", "a quote that is not closed", "a broken indentation"}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_once_with_file_line_and_remedy(name: str, planted: Planted) -> None:
    mistake = MISTAKES[name]
    new = mistake.new if isinstance(mistake.new, str) else list(mistake.new)
    line = planted.change(mistake.file, mistake.entry, mistake.field, new) + mistake.later
    first, *others = planted.problems()
    if name not in LEFT_OVER:
        assert len(others) == (name == "a step that is no page or question")  # its page is left
    place = re.match(r"([a-z_/]+\.yaml):(\d+): ", first)
    assert place is not None, first
    assert place[1] == mistake.file
    assert mistake.says in first
    assert mistake.remedy in first
    if name not in NEARBY:
        assert int(place[2]) == line, first


LEFT_OVER = {"a flag that takes the id of another", "an id that stands twice"}  # the old ids


def test_a_rule_with_no_sources_field_names_the_entry(planted: Planted) -> None:
    planted.change(FLAGS, entry("saddle_numbness"), "sources:", [])
    line = planted.line_of(FLAGS, entry("saddle_numbness"))
    assert planted.problems() == (f"{FLAGS}:{line}: sources: is missing; add this field",)


def test_a_flag_on_no_page_is_told_at_the_flag(planted: Planted) -> None:
    page = next(line for line in planted.lines("screening.yaml") if " weight_loss," in line)
    text = page.strip().replace(" weight_loss,", "")
    planted.change("screening.yaml", entry("unwell"), page.strip(), text)
    line = planted.line_of(ILLNESS, entry("weight_loss"))
    assert planted.problems() == (
        f"{ILLNESS}:{line}: id: weight_loss is asked nowhere;"
        " put it on a page or into an option's `has`",
    )


def test_a_file_that_is_not_utf_8_is_told(planted: Planted) -> None:
    file = planted.root / "texts.yaml"
    file.write_bytes(file.read_bytes().replace(b"Hello", b"Hall\xf6chen", 1))
    (problem,) = planted.problems()
    assert problem.startswith("texts.yaml:1: not UTF-8")
    assert problem.endswith("save the file as UTF-8")


@pytest.mark.parametrize("odd", ["\x08", "\x00", "\ufeff", "\ufffe", "\x9f"])
def test_a_character_that_yaml_does_not_allow_is_told_with_its_line(
    odd: str, planted: Planted
) -> None:
    (planted.root / "new.yaml").write_text(f"texts:\n  hello: He{odd}llo.\n", encoding="utf-8")
    assert planted.problems() == (
        f"new.yaml:2: holds a character that YAML does not allow (U+{ord(odd):04X}); delete it",
    )


@pytest.mark.parametrize("text", ["", "- a list", "just words", "# only a comment"])
def test_a_file_without_keys_is_told(text: str, planted: Planted) -> None:
    (planted.root / "new.yaml").write_text(text, encoding="utf-8")
    assert planted.problems() == (
        "new.yaml:1: holds no `key: value` lines; begin with a key",
    )  # fmt: skip


def test_an_unknown_section_is_told(planted: Planted) -> None:
    (planted.root / "new.yaml").write_text("\nflaggs:\n  - id: x\n", encoding="utf-8")
    (problem,) = planted.problems()
    assert problem.startswith("new.yaml:")
    assert "flaggs: is not a known field; check its spelling" in problem


def test_a_missing_section_is_told(planted: Planted) -> None:
    (planted.root / "words" / "times.yaml").unlink()
    (problem,) = planted.problems()
    assert problem.endswith("times: is missing; add this field")


def test_a_text_defined_in_two_files_is_told(planted: Planted) -> None:
    (planted.root / "zz.yaml").write_text("texts:\n  home: Again.\n", encoding="utf-8")
    (problem,) = planted.problems()
    assert problem.startswith("zz.yaml:2: texts: home is defined in another file already")


def test_a_folder_without_knowledge_is_told(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"no \.yaml file here; point to the knowledge"):
        load(tmp_path)


def test_all_mistakes_of_shape_are_told_at_once(planted: Planted) -> None:
    names = ["a rule without a source", "a date that is none", "a dose that is no number"]
    _plant(planted, names)
    found = planted.problems()
    assert [any(MISTAKES[name].says in text for text in found) for name in names] == [True] * 3


def test_all_mistakes_between_entries_are_told_at_once(planted: Planted) -> None:
    names = [
        "a sentence of over 20 words",
        "a combination with an unknown flag",
        "a start above the cap",
        "a number from a source that does not exist",
        "a negative contraction",
    ]
    _plant(planted, names)
    found = planted.problems()
    assert [any(MISTAKES[name].says in text for text in found) for name in names] == [True] * 5


def test_a_key_that_stands_twice_hides_no_other_mistake(planted: Planted) -> None:
    names = ["a key that stands twice", "a dose that is no number"]
    _plant(planted, names)
    found = planted.problems()
    assert [any(MISTAKES[name].remedy in text for text in found) for name in names] == [True] * 2


def _plant(planted: Planted, names: list[str]) -> None:
    for name in names:
        mistake = MISTAKES[name]
        new = mistake.new if isinstance(mistake.new, str) else list(mistake.new)
        planted.change(mistake.file, mistake.entry, mistake.field, new)


@pytest.mark.parametrize("word", ["no", "yes", "off", "null", "~", "18:30", "010", "1e3", "2026"])
def test_words_that_yaml_would_convert_stay_text(word: str, planted: Planted) -> None:
    planted.change("texts.yaml", "texts:", "home:", f"home: {word}")
    assert load(planted.root).texts["home"] == word


def test_norway_is_a_country(planted: Planted) -> None:
    assert "NO" in {number.country for number in load(planted.root).emergency_numbers}
