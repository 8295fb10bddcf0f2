"""Telegram's HTML parse mode, as strict as Telegram's server and stricter for named entities."""

import re
from dataclasses import dataclass, field

from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.text import EntitiesError, FormattedText, url_problem, utf16_length

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([A-Za-z]+));?")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    position: int


@dataclass
class _Scanner:
    html: str
    at: int = 0
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[JsonDict] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)

    def byte(self, position: int) -> int:
        """The offset in bytes of a position, as Telegram counts it."""
        return len(self.html[:position].encode("utf-8", "surrogatepass"))

    def fail(self, text: str, position: int) -> EntitiesError:
        """The error with its byte offset."""
        return EntitiesError(f"{text} at byte offset {self.byte(position)}")

    def add(self, text: str) -> None:
        """Take over a piece of text."""
        self.pieces.append(text)
        self.length += utf16_length(text)

    def run(self) -> FormattedText:
        """The text with its entities, or EntitiesError."""
        while self.at < len(self.html):
            char = self.html[self.at]
            if char == "<":
                self.close_tag() if self.html.startswith("</", self.at) else self.open_tag()
            elif char == "&":
                self.add(self.reference())
            else:
                self.add(char)
                self.at += 1
        if self.stack:
            tag = self.stack[-1].tag
            raise EntitiesError(f'Can\'t find end tag corresponding to start tag "{tag}"')
        entities = sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))
        return FormattedText("".join(self.pieces), _merge_code_blocks(entities))

    def reference(self) -> str:
        """The character that an entity like &amp; stands for."""
        start = self.at
        match = _REFERENCE.match(self.html, start)
        if match is None:
            self.at += 1
            return "&"
        self.at = match.end()
        hexadecimal, decimal, name = match.groups()
        if name is None:
            code = int(hexadecimal, 16) if hexadecimal else int(decimal)
            if 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
                return chr(code)
        elif name in NAMED:
            return NAMED[name]
        elif not match[0].endswith(";"):
            return match[0]
        raise self.fail(f'Unsupported character reference "{match[0]}"', start)

    def skip_spaces(self) -> None:
        """Go past spaces."""
        while self.at < len(self.html) and self.html[self.at].isspace():
            self.at += 1

    def word(self, stops: str) -> str:
        """The letters up to one of the stops."""
        start = self.at
        while self.at < len(self.html):
            char = self.html[self.at]
            if char.isspace() or char in stops:
                break
            self.at += 1
        return self.html[start : self.at]

    def open_tag(self) -> None:
        """Take in a tag that opens."""
        start = self.at
        self.at += 1
        tag = self.word(">").lower()
        if self.at >= len(self.html):
            raise self.fail("Unclosed start tag", start)
        if tag not in TAGS:
            raise self.fail(f'Unsupported start tag "{tag}"', start)
        attributes = self.attributes(tag, start)
        _check_attributes(self, tag, attributes, start)
        self.stack.append(_Open(tag, attributes, self.length, len(self.pieces)))

    def attributes(self, tag: str, start: int) -> dict[str, str]:
        """The attributes of a tag."""
        found: dict[str, str] = {}
        while True:
            self.skip_spaces()
            if self.html.startswith(">", self.at):
                self.at += 1
                return found
            name = self.word("=>").lower()
            if not name and self.at < len(self.html):
                raise self.fail(f'Empty attribute name in the tag "{tag}"', start)
            self.skip_spaces()
            value = ""
            if self.html.startswith("=", self.at):
                self.at += 1
                self.skip_spaces()
                value = self.attribute_value()
            if self.at >= len(self.html):
                raise self.fail("Unclosed start tag", start)
            found[name] = value

    def attribute_value(self) -> str:
        """The value of an attribute, quoted or bare."""
        quote = self.html[self.at : self.at + 1]
        if quote not in {'"', "'"}:
            match = _NAME_TOKEN.match(self.html, self.at)
            token = match[0] if match else ""
            begin, self.at = self.at, self.at + len(token)
            following = self.html[self.at : self.at + 1]
            if following and following != ">" and not following.isspace():
                raise self.fail("Unexpected end of name token", begin)
            return token.lower()
        self.at += 1
        pieces = []
        while self.at < len(self.html) and self.html[self.at] != quote:
            if self.html[self.at] == "&":
                pieces.append(self.reference())
            else:
                pieces.append(self.html[self.at])
                self.at += 1
        self.at += 1
        return "".join(pieces)

    def close_tag(self) -> None:
        """Take in a tag that closes."""
        start = self.at
        if not self.stack:
            raise self.fail("Unexpected end tag", start)
        self.at += 2
        tag = self.word(">").lower()
        self.skip_spaces()
        if not self.html.startswith(">", self.at):
            raise self.fail("Unclosed end tag", start)
        self.at += 1
        opened = self.stack.pop()
        if tag != opened.tag:
            expected = f'expected "</{opened.tag}>", found "</{tag}>"'
            offset = self.byte(start)
            raise EntitiesError(f"Unmatched end tag at byte offset {offset}, {expected}")
        if self.length > opened.offset:
            self.entities.extend(_entity(self, opened))


def _check_attributes(scanner: _Scanner, tag: str, attributes: dict[str, str], at: int) -> None:
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise scanner.fail('Tag "span" must have class "tg-spoiler"', at)
    if tag == "tg-emoji" and not attributes.get("emoji-id", "").isdecimal():
        raise EntitiesError("Invalid custom emoji identifier specified")
    if tag == "tg-time" and not attributes.get("unix", "").isdecimal():
        raise EntitiesError("Invalid date-time specified")


def _entity(scanner: _Scanner, opened: _Open) -> list[JsonDict]:
    attributes = opened.attributes
    entity: JsonDict = {
        "type": TAGS[opened.tag],
        "offset": opened.offset,
        "length": scanner.length - opened.offset,
    }
    match opened.tag:
        case "a":
            url = attributes.get("href") or "".join(scanner.pieces[opened.position :])
            if url_problem(url) is not None:
                return []
            entity["url"] = url
        case "code" if attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        case "blockquote" if "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        case "tg-emoji":
            entity["custom_emoji_id"] = attributes["emoji-id"]
        case "tg-time":
            entity["unix_time"] = int(attributes["unix"])
            entity["date_time_format"] = attributes.get("format", "")
    return [entity]


def _merge_code_blocks(entities: list[JsonDict]) -> list[JsonDict]:
    """A code tag that fills a pre tag names its language; elsewhere a language is dropped."""
    blocks = {(e["offset"], e["length"]): e for e in entities if e["type"] == "pre"}
    kept = []
    for entity in entities:
        block = blocks.get((entity["offset"], entity["length"]))
        if entity["type"] == "code":
            language = entity.pop("language", None)
            if block is not None:
                if language:
                    block["language"] = language
                continue
        kept.append(entity)
    return kept


def parse_html(html: str) -> FormattedText:
    """The plain text and entities of a text in HTML parse mode; raises EntitiesError."""
    return _Scanner(html).run()
