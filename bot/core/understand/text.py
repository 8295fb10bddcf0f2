"""Text to words: one spelling for all ways of writing the same thing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

LONGEST_TEXT = 4096  # what Telegram lets through
PUNCTUATION = frozenset(".,;:!?\n")
SENTENCE_ENDS = frozenset(".;!?\n")

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff\u00ad]")
_TOKEN = re.compile(r"\d+[.,]\d+|[a-z0-9]+(?:'[a-z]+)*|\.{2,}|[.,;:!?\n]")
_NUMBER_AND_UNIT = re.compile(
    r"(\d+)((?:wks?|weeks?|days?|mths?|mos?|months?|yrs?|years?|hrs?|hours?|kgs?|lbs?|mg|cm)"
    r"(?:'[a-z]+)*)"
)
_NEGATED = re.compile(r"(do|does|did|is|are|was|were|have|has|had|could|would|should|ca|wo)n't")
_WORDS = re.compile(r"\d+[.,]\d*\*?|[a-z0-9]+(?:'[a-z]+)?\*?")


def normalise(text: str) -> str:
    """Lower case, plain apostrophes, nothing invisible, no accents on letters."""
    text = text[:LONGEST_TEXT]
    if not text.isascii():
        # First, since an acute accent that stands for an apostrophe would come apart.
        text = unicodedata.normalize("NFKC", text.translate(_PLAIN))
        text = _INVISIBLE.sub("", text)[:LONGEST_TEXT]
    return text.lower().replace("`", "'")


_PLAIN = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "\u2014": ","})


class Writing:
    """How words are written short in this knowledge base, and what an emoji stands for."""

    def __init__(self, written_out: Mapping[str, str], emoji: Mapping[str, str]) -> None:
        """Compile both tables."""
        self._out = {short: tuple(full.split()) for short, full in written_out.items()}
        self._emoji = str.maketrans({sign: f" {words} " for sign, words in emoji.items()})

    def tokens(self, text: str) -> list[str]:
        """The words as they are typed, and the punctuation that ends a clause."""
        if not text.isascii():
            text = text.translate(self._emoji)
        return _TOKEN.findall(normalise(text).replace("w/", "with "))

    def in_full(self, token: str) -> tuple[str, ...]:
        """What a token stands for: "wks" and "3days" are written out, "..." is a comma."""
        measured = _NUMBER_AND_UNIT.fullmatch(token)
        if measured:
            number, unit = measured.groups()
            return (number, *self.in_full(unit))
        if token in self._out:
            return self._out[token]
        if "'" in token:
            return tuple(self._apart(token))
        return ("," if token.startswith("..") else token,)

    def _apart(self, token: str) -> Iterator[str]:
        """The words of a contraction: "don't", "leg's", "they've"."""
        negated = _NEGATED.fullmatch(token)
        if negated:
            verb = negated.group(1)
            yield from {"ca": ("cannot",), "wo": ("will", "not")}.get(verb, (verb, "not"))
            return
        word, _, end = token.partition("'")
        yield word
        full = {"s": "is", "m": "am", "ve": "have", "re": "are", "ll": "will", "d": "would"}
        if end in full:
            yield full[end]

    def phrase(self, phrase: str) -> tuple[str, ...]:
        """The words of a phrase of the word lists; a trailing * stays."""
        plain = phrase.split()
        bare = phrase.isascii() and phrase.replace(" ", "").isalpha()
        if bare and self._out.keys().isdisjoint(plain):
            return tuple(plain) if phrase.islower() else tuple(phrase.lower().split())
        words: list[str] = []
        for part in phrase.split():
            if part.endswith("*"):
                words += _WORDS.findall(normalise(part))
            else:
                words += (word for token in self.tokens(part) for word in self.in_full(token))
        return tuple(word for word in words if word not in PUNCTUATION)
