"""The machine-readable description of the Bot API, loaded from bot_api.json."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any
JsonDict: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter of a method or a field of an object."""

    type: str
    required: bool
    enum: tuple[str | int, ...] | None
    limits: Mapping[str, int]
    after_entities: bool


Fields: TypeAlias = Mapping[str, Field]

_LIMITS = tuple(
    f"{edge}_{kind}" for kind in ("length", "bytes", "items", "value") for edge in ("min", "max")
)


def _field(raw: JsonDict) -> Field:
    enum = raw.get("enum")
    return Field(
        type=raw["type"],
        required=raw.get("required", True),
        enum=None if enum is None else tuple(enum),
        limits={name: raw[name] for name in _LIMITS if name in raw},
        after_entities=raw.get("after_entities", False),
    )


@dataclass(frozen=True)
class Description:
    """Methods, objects and the names that stand for other types."""

    methods: Mapping[str, Fields]
    objects: Mapping[str, Fields]
    aliases: Mapping[str, Field]


@cache
def load() -> Description:
    """The description next to this file."""
    raw = json.loads(Path(__file__).with_name("bot_api.json").read_text("utf-8"))
    return Description(
        methods={
            name: {key: _field(value) for key, value in method["parameters"].items()}
            for name, method in raw["methods"].items()
        },
        objects={
            name: {key: _field(value) for key, value in item["fields"].items()}
            for name, item in raw["objects"].items()
        },
        aliases={name: _field(value) for name, value in raw["aliases"].items()},
    )


def _split(type_name: str) -> list[str]:
    return re.split(r"\|(?![^(]*\))", type_name)


@cache
def alternatives(type_name: str) -> tuple[str, ...]:
    """The types a type name stands for: unions split, aliases of unions followed."""
    found: list[str] = []
    for part in _split(type_name):
        alias = load().aliases.get(part)
        if alias is not None and alias.enum is None:
            found.extend(alternatives(alias.type))
        else:
            found.append(part)
    return tuple(found)


def element(type_name: str) -> str:
    """The type of the items of an array type."""
    inner = type_name.removesuffix("[]")
    if inner.startswith("(") and inner.endswith(")"):
        return inner[1:-1]
    return inner
