"""Refuse requests that Telegram would refuse, driven by the description of the Bot API.

Stricter than Telegram in one respect, on purpose: unknown parameters and fields, which Telegram
ignores, are refused here, because a bot that sends them has a mistake in it.
"""

from collections.abc import Collection, Mapping

from bot.adapters.simulator.description import (
    Field,
    Fields,
    Json,
    JsonDict,
    alternatives,
    element,
    load,
)
from bot.adapters.simulator.formatting import format_text
from bot.adapters.simulator.refusal import Refusal, RefusedError, bad_request
from bot.adapters.simulator.rules import OBJECT_RULES, check_method
from bot.adapters.simulator.text import utf16_length
from bot.adapters.simulator.uploads import Upload

NOT_FOUND = Refusal(404, "Not Found: method not found")
_MISSING = {"text": "message text is empty", "chat_id": "chat_id is empty"}
_TOO_LONG = {
    "text": "message is too long",
    "caption": "message caption is too long",
    "answerCallbackQuery.text": "MESSAGE_TOO_LONG",
    "commands": "BOT_COMMANDS_TOO_MUCH",
    "secret_token": "secret token is too long",
}
_BROKEN = {
    "InlineKeyboardButton.callback_data": "BUTTON_DATA_INVALID",
}
_ATTACH = "attach://"


def validate(method: str, params: JsonDict, attachments: Collection[str] = ()) -> Refusal | None:
    """The refusal of a request, or None; attachments are the names of extra uploaded files."""
    fields = load().methods.get(method)
    if fields is None:
        return NOT_FOUND
    checker = _Checker(attachments)
    try:
        checker.mapping(method, fields, params, "")
        check_method(method, params)
        for name in sorted(set(attachments) - checker.attached):
            raise bad_request(f'unknown parameter "{name}"')
    except RefusedError as error:
        return error.refusal
    return None


def validate_object(name: str, value: JsonDict) -> Refusal | None:
    """The refusal of one object of the description, such as an Update, or None."""
    try:
        _Checker(()).mapping(name, load().objects[name], value, "")
    except RefusedError as error:
        return error.refusal
    return None


def formatting_keys(fields: Fields, name: str) -> tuple[str, str] | None:
    """The parameters that hold the parse mode and the entities of a text, if it has any."""
    own = f"{name}_entities"
    if own in fields:
        entities = own
    elif name in {"text", "message_text"} and "entities" in fields:
        entities = "entities"
    else:
        return None
    mode = f"{name}_parse_mode"
    return (mode if mode in fields else "parse_mode", entities)


class _Checker:
    def __init__(self, attachments: Collection[str]) -> None:
        self.attachments = attachments
        self.attached: set[str] = set()

    def mapping(self, owner: str, fields: Fields, value: JsonDict, path: str) -> None:
        """Check the fields of an object."""
        for name in value:
            if name not in fields:
                raise bad_request(f'unknown parameter "{path}{name}"')
        for name, field in fields.items():
            if field.required and value.get(name) is None:
                default = f'parameter "{path}{name}" is required'
                raise bad_request(default if path else _MISSING.get(name, default))
        if rule := OBJECT_RULES.get(owner):
            rule(value)
        for name, field in fields.items():
            if (item := value.get(name)) is not None:
                self.value(f"{owner}.{name}", field, item, path + name)
        for name, field in fields.items():
            if isinstance(text := value.get(name), str):
                self.text(f"{owner}.{name}", fields, value, text, field)

    def value(self, key: str, field: Field, item: Json, path: str) -> None:
        """Check one field and its limits."""
        self.typed(field.type, item, path)
        if field.enum and item not in field.enum and not path.endswith("parse_mode"):
            raise bad_request(f'parameter "{path}" must be one of {list(field.enum)}')
        limits = field.limits
        if isinstance(item, list):
            _within(limits, "items", len(item), key, path)
        elif isinstance(item, str):
            _within(limits, "bytes", len(item.encode("utf-8", "surrogatepass")), key, path)
        elif isinstance(item, int | float):
            _within(limits, "value", item, key, path)

    def typed(self, type_name: str, item: Json, path: str) -> None:
        """Check a value against a type of the description."""
        kinds = alternatives(type_name)
        if isinstance(item, Upload):
            matched = "InputFile" in kinds
        elif isinstance(item, dict):
            matched = self.object(kinds, item, path)
        elif isinstance(item, list):
            matched = self.array(kinds, item, path)
        else:
            matched = any(_scalar(kind, item, path) for kind in kinds)
        if isinstance(item, str) and "InputFile" in kinds:
            self.file(item, path)
        if not matched:
            raise bad_request(f'parameter "{path}" must be of type {type_name}')

    def file(self, item: str, path: str) -> None:
        """Check that an attached file came along."""
        if not item.startswith(_ATTACH):
            return
        name = item.removeprefix(_ATTACH)
        if name not in self.attachments:
            raise bad_request(f'parameter "{path}" names the missing attachment "{name}"')
        self.attached.add(name)

    def array(self, kinds: tuple[str, ...], items: list[Json], path: str) -> bool:
        """Whether a list fits one of the list types."""
        arrays = [kind for kind in kinds if kind.endswith("[]")]
        for kind in arrays[:1]:
            for index, item in enumerate(items):
                self.typed(element(kind), item, f"{path}[{index}]")
        return bool(arrays)

    def object(self, kinds: tuple[str, ...], item: JsonDict, path: str) -> bool:
        """Whether an object fits one of the object types."""
        objects = load().objects
        candidates = [k for k in kinds if k in objects and _fits_literals(objects[k], item)]
        if not candidates:
            return False
        best = min(candidates, key=lambda kind: _distance(objects[kind], item))
        self.mapping(best, objects[best], item, f"{path}.")
        return True

    def text(self, key: str, fields: Fields, params: JsonDict, text: str, field: Field) -> None:
        """Check the length of a text after its entities are parsed."""
        name = key.rpartition(".")[2]
        keys = formatting_keys(fields, name)
        if keys is not None:
            plain = format_text(text, params.get(keys[0]), params.get(keys[1]) or ()).text
            if text and not plain and field.limits.get("min_length"):
                raise bad_request("text must be non-empty")
            text = plain
        _within(field.limits, "length", utf16_length(text), key, name)


def _within(limits: Mapping[str, int], kind: str, size: float, key: str, path: str) -> None:
    name = key.rpartition(".")[2]
    low, high = limits.get(f"min_{kind}"), limits.get(f"max_{kind}")
    if high is not None and size > high:
        default = f'parameter "{path}" is too long: {size} {kind}, at most {high}'
        known = _BROKEN.get(key) or _TOO_LONG.get(key) or _TOO_LONG.get(name)
        raise bad_request(known or default)
    if low is not None and size < low:
        default = f'parameter "{path}" is too short: {size} {kind}, at least {low}'
        raise bad_request(_BROKEN.get(key) or (_MISSING.get(name) or default))


def _scalar(kind: str, item: Json, path: str) -> bool:
    alias = load().aliases.get(kind)
    if alias is not None and alias.enum is not None:
        if item not in alias.enum:
            raise bad_request(f'parameter "{path}" must be one of {list(alias.enum)}')
        return True
    match kind:
        case "string":
            return isinstance(item, str)
        case "integer":
            return isinstance(item, int) and not isinstance(item, bool)
        case "float":
            return isinstance(item, int | float) and not isinstance(item, bool)
        case "boolean":
            return isinstance(item, bool)
        case "true":
            return item is True
        case "false":
            return item is False
        case "KeyboardButton":
            return isinstance(item, str) and item != ""
        case _:
            return False


def _fits_literals(fields: Fields, item: JsonDict) -> bool:
    return all(
        item[name] in field.enum
        for name, field in fields.items()
        if field.enum and len(field.enum) == 1 and name in item
    )


def _distance(fields: Fields, item: JsonDict) -> tuple[int, int]:
    missing = sum(field.required and item.get(name) is None for name, field in fields.items())
    return missing, sum(name not in fields for name in item)
