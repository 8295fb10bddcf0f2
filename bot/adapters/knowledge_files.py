"""YAML folder to Knowledge: scalars read as text, no duplicate keys, errors with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.core.errors import KnowledgeError
from bot.core.knowledge import Knowledge
from bot.core.knowledge_checks import problems_in

# An ordinary YAML loader turns `no` into false and 18:30 into 1110; the base loaders keep text.
_BaseLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]  # chosen at run time
    """Takes every value as what it looks like: text, a list or a mapping."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        """The tag of a node: nothing is guessed, so nothing is looked up (a third of the time)."""
        return _TAGS[kind]


_TAGS = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}

_NOT_ALLOWED = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

Path_ = tuple[str | int, ...]


def folder() -> Path:
    """The knowledge folder: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "knowledge"
    return inside if inside.is_dir() else package.parent / "knowledge"


def load(root: Path | None = None) -> Knowledge:
    """Read, validate and cross-check the folder; raises KnowledgeError with every problem."""
    root = folder() if root is None else root
    merged = _Merged()
    files = sorted(root.rglob("*.yaml"))
    if not files:
        raise KnowledgeError([f"{root}: no .yaml file here; point to the knowledge folder"])
    for file in files:
        merged.add(file, file.relative_to(root).as_posix())
    if merged.broken:
        # Without a whole file everything in it would seem to be missing.
        raise KnowledgeError(merged.problems)
    try:
        knowledge = Knowledge.model_validate(merged.data)
    except ValidationError as error:
        raise KnowledgeError([*merged.problems, *_explained(error, merged)]) from None
    problems = merged.problems + [
        f"{merged.line_of(problem.path)}: {problem.text}" for problem in problems_in(knowledge)
    ]
    if problems:
        raise KnowledgeError(problems)
    return knowledge


@dataclass
class _Merged:
    """All files as one mapping, and the file and line of every value in it."""

    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path_, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    broken: bool = False

    def add(self, file: Path, name: str) -> None:
        """Add one file; its top-level keys join the lists and mappings that are there already."""
        try:
            text = file.read_text(encoding="utf-8-sig")  # some editors write a mark first
        except UnicodeDecodeError as error:
            self._unreadable(f"{name}:1: not UTF-8 ({error.reason}); save the file as UTF-8")
            return
        odd = _NOT_ALLOWED.search(text)
        if odd is not None:  # YAML's own message knows no line
            line = text.count("\n", 0, odd.start()) + 1
            self._unreadable(
                f"{name}:{line}: holds a character that YAML does not allow"
                f" (U+{ord(odd.group()):04X}); delete it"
            )
            return
        try:
            node = yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            self._unreadable(
                f"{name}:{line}: not readable as YAML ({error.problem});"
                " check indentation, quotes and colons near this line"
            )
            return
        if not isinstance(node, yaml.MappingNode):
            self._unreadable(f"{name}:1: holds no `key: value` lines; begin with a key")
            return
        for key_node, value_node in self._pairs(node, name):
            self._join(str(key_node.value), value_node, name)

    def _unreadable(self, problem: str) -> None:
        self.problems.append(problem)
        self.broken = True

    def line_of(self, path: Path_) -> str:
        """`file:line` of a value, or of the nearest thing around it that is written down."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return "knowledge"

    def _join(self, key: str, node: yaml.Node, name: str) -> None:
        here = self.data.get(key)
        if isinstance(node, yaml.SequenceNode) and isinstance(here, list | None):
            entries: list[Any] = self.data.setdefault(key, [])
            for child in node.value:
                entries.append(self._value(child, (key, len(entries)), name))
        elif isinstance(node, yaml.MappingNode) and isinstance(here, dict):
            for child_key, child in self._pairs(node, name):
                if child_key.value in here:
                    self.problems.append(
                        f"{_place(name, child_key)}: {key}: {child_key.value} is defined in"
                        " another file already; keep one of them"
                    )
                here[child_key.value] = self._value(child, (key, child_key.value), name)
        elif here is None:
            self.data[key] = self._value(node, (key,), name)
        else:
            self.problems.append(
                f"{_place(name, node)}: {key}: is a different kind of value in another file;"
                " write both as lists or both as mappings"
            )
        self.lines.setdefault((key,), _place(name, node))

    def _pairs(
        self, node: yaml.MappingNode, name: str
    ) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                self.problems.append(
                    f"{_place(name, key)}: {key.value}: this key stands twice; remove one"
                )
            seen.add(key.value)
            yield key, value

    def _value(self, node: yaml.Node, path: Path_, name: str) -> Any:
        if isinstance(node, yaml.ScalarNode):
            self.lines[path] = f"{name}:{node.start_mark.line + 1}"
            return node.value
        self.lines[path] = _place(name, node)
        if isinstance(node, yaml.MappingNode):
            result = {}
            for key, child in self._pairs(node, name):
                result[str(key.value)] = self._value(child, (*path, str(key.value)), name)
                # The key's own line serves best when the value starts on the next one.
                self.lines[(*path, str(key.value))] = _place(name, key)
            return result
        if isinstance(node, yaml.SequenceNode):
            return [
                self._value(child, (*path, place), name) for place, child in enumerate(node.value)
            ]
        return node.value


def _place(name: str, node: yaml.Node) -> str:
    return f"{name}:{node.start_mark.line + 1}"


def _explained(error: ValidationError, merged: _Merged) -> Iterator[str]:
    for detail in error.errors():
        path = tuple(part for part in detail["loc"])
        field_name = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        yield f"{merged.line_of(path)}: {field_name}: {_reworded(detail)}"


def _reworded(detail: Any) -> str:
    given = f" (found {str(detail['input'])[:60]!r})" if detail["type"] != "missing" else ""
    advice = {
        "extra_forbidden": "is not a known field; check its spelling, or remove it",
        "missing": "is missing; add this field",
        "string_too_long": f"is too long; {detail['msg'].lower()}",
        "too_short": f"is too short; {detail['msg'].lower()}",
        "too_long": f"is too long; {detail['msg'].lower()}",
    }.get(detail["type"], f"{detail['msg']}; correct the value")
    return advice + given if detail["type"] != "extra_forbidden" else advice
