"""From what a request says (text, parse mode, entities) to the text a person sees."""

from collections.abc import Sequence

from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.html_entities import parse_html
from bot.adapters.simulator.refusal import bad_request
from bot.adapters.simulator.text import EntitiesError, FormattedText, check_entities, trimmed

MAX_RAW_BYTES = 32768


def format_text(
    raw: str, parse_mode: str | None = None, entities: Sequence[JsonDict] = ()
) -> FormattedText:
    """The text after entities parsing; raises RefusedError where Telegram refuses it."""
    if len(raw.encode("utf-8", "surrogatepass")) > MAX_RAW_BYTES:
        raise bad_request("text is too long")
    mode = (parse_mode or "").lower()
    try:
        if mode == "html":
            return trimmed(parse_html(raw))
        if not mode:
            check_entities(raw, entities)
            return trimmed(FormattedText(raw, list(entities)))
    except EntitiesError as error:
        raise bad_request(f"can't parse entities: {error}") from error
    if mode in {"markdown", "markdownv2"}:
        raise bad_request(f"parse mode {parse_mode} is not simulated")
    raise bad_request("unsupported parse_mode")
