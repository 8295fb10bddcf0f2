"""Formatted text: plain text with entities, counted in UTF-16 code units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.adapters.simulator.description import JsonDict


@dataclass(frozen=True)
class FormattedText:
    """Plain text and the entities in it."""

    text: str = ""
    entities: list[JsonDict] = field(default_factory=list)


class EntitiesError(ValueError):
    """The text and its entities do not fit together."""


def utf16_length(text: str) -> int:
    """The length Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def trimmed(formatted: FormattedText) -> FormattedText:
    """Without white space at both ends, as Telegram stores a message."""
    text = formatted.text.strip()
    lead = utf16_length(formatted.text[: len(formatted.text) - len(formatted.text.lstrip())])
    length = utf16_length(text)
    entities = []
    for entity in formatted.entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, length)
        if end > start:
            entities.append({**entity, "offset": start, "length": end - start})
    return FormattedText(text, entities)


def check_entities(text: str, entities: Sequence[JsonDict]) -> None:
    """Raise EntitiesError for an entity outside the text or inside a surrogate pair."""
    units = text.encode("utf-16-le", "surrogatepass")
    length = len(units) // 2
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start < 0 or entity["length"] <= 0 or end > length:
            raise EntitiesError(f"entity at offset {start} is outside the text")
        for edge in (start, end):
            if edge < length and 0xDC <= units[2 * edge + 1] <= 0xDF:
                raise EntitiesError(f"entity begins or ends inside a character at offset {edge}")
        if entity["type"] == "text_link" and (problem := url_problem(entity.get("url", ""))):
            raise EntitiesError(f"entity URL '{entity.get('url', '')}' is invalid: {problem}")


def url_problem(url: str) -> str | None:
    """Why Telegram refuses a link, if it does: it takes http, https and its own schemes only."""
    lowered = url.strip().lower()
    if re.match(r"(tg|ton):(//)?\w", lowered):
        return None
    scheme, separator, rest = lowered.partition("://")
    if not separator:
        rest = lowered
    elif scheme not in {"http", "https"}:
        return "Unsupported URL protocol"
    host = re.split(r"[/?#:]", rest.rpartition("@")[2] if "@" in rest else rest)[0]
    if not host:
        return "URL host is empty"
    return None if re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) else "Wrong HTTP URL"
