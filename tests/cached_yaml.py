"""`yaml.compose` that reads equal texts once: where a test changes a line, most are equal."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

_compose = yaml.compose


@lru_cache(maxsize=500)
def compose(text: str, Loader: Any) -> Any:
    """The nodes of a text; they are only read."""
    return _compose(text, Loader=Loader)
