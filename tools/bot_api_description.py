"""Turn the type declarations of the npm package @gramio/types into bot_api.json.

Run once by a developer, after `npm pack @gramio/types@10.3.1` and unpacking the archive:

    python tools/bot_api_description.py PATH_TO_UNPACKED_PACKAGE

The package (MIT licence) is generated from Telegram's own reference; its doc comments hold the
limits. Only names, types and limits are kept, no prose.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

PACKAGE = "@gramio/types"
TARGET = Path(__file__).resolve().parents[1] / "bot" / "adapters" / "simulator" / "bot_api.json"

COMMENT = r"/\*\*(?:(?!\*/).)*\*/"
INTERFACE = re.compile(r"^export interface (\w+) \{(?:\n(.*?)^)?\}", re.MULTILINE | re.DOTALL)
ALIAS = re.compile(
    r"^export type (\w+) =\s*(.*?)\n(?=\n|export|/\*\*|\Z)", re.MULTILINE | re.DOTALL
)
FIELD = re.compile(
    rf"^    ({COMMENT})\n    \"?(\w+)\"?(\??):\s+(.*?)\n(?=    /\*\*|\Z)", re.MULTILINE | re.DOTALL
)
METHOD = re.compile(r"^    (\w+): (CallAPI\w*)<\s*(?:Params\.(\w+)Params)?", re.MULTILINE)

FLOATS = frozenset({
    "latitude", "longitude", "horizontal_accuracy", "x_shift", "y_shift", "scale",
    "x_percentage", "y_percentage", "width_percentage", "height_percentage", "rotation_angle",
    "corner_radius_percentage", "temperature", "main_frame_timestamp", "cover_frame_timestamp",
})  # fmt: skip
NUMBER = r"([\d,]+)"
LIMITS = (
    ("length", re.compile(rf"{NUMBER}-{NUMBER} characters")),
    ("length", re.compile(rf"()\bup to {NUMBER} characters\)")),
    ("bytes", re.compile(rf"{NUMBER}-{NUMBER} bytes", re.IGNORECASE)),
    ("items", re.compile(rf"[Ll]ist of {NUMBER}-{NUMBER} ")),
    ("items", re.compile(rf"must include {NUMBER}-{NUMBER} items")),
    ("items", re.compile(rf"()(?:[Aa]t most|up to) {NUMBER} (?:items|commands)")),
    ("items", re.compile(rf"()[Ll]ist of up to {NUMBER} identifiers")),
    ("value", re.compile(rf"[Vv]alues between {NUMBER}-{NUMBER} are accepted")),
    ("value", re.compile(rf"[Mm]ust be between {NUMBER} and {NUMBER} if specified")),
    ("value", re.compile(rf"selected; {NUMBER}-{NUMBER}\.")),
)


def bare(name: str) -> str:
    """Drop the prefix the package gives to every name of an object."""
    return re.sub(r"\b(?:Objects\.)?Telegram(?=[A-Z])", "", name)


def type_of(declared: str, field: str) -> dict[str, Any]:
    """The type of a field: a compact name, with an enum for literals."""
    text = " ".join(declared.split()).replace("{ toString(): string }", "string")
    text = re.sub(r"Exclude<keyof [^>]*>", "string", text)
    text = re.sub(r"\{ toJSON\(\): ([\w.]+) \}", r"\1", text)
    text = bare(text).lstrip("| ")
    number = "float" if field in FLOATS else "integer"
    group = re.fullmatch(r"\(\s*\|?(.*)\)((?:\[\])*)", text)
    body, arrays = (group[1], group[2]) if group else (text, "")
    parts = list(dict.fromkeys(part.strip() for part in body.split("|")))
    if all(re.fullmatch(r'".*"|\d+', part) for part in parts):
        enum = [json.loads(part) for part in parts]
        return {"type": "string" if isinstance(enum[0], str) else "integer", "enum": enum}
    names = "|".join(re.sub(r"\bnumber\b", number, part) for part in parts)
    return {"type": f"({names}){arrays}" if arrays else names}


def limits_of(doc: str) -> dict[str, Any]:
    """The limits a doc comment states."""
    found: dict[str, Any] = {}
    for kind, pattern in LIMITS:
        if (match := pattern.search(doc)) is None:
            continue
        for edge, digits in zip(("min", "max"), match.groups(), strict=True):
            if digits:
                found.setdefault(f"{edge}_{kind}", int(digits.replace(",", "")))
    if re.search(r"after entit(?:ies|y) parsing", doc):
        found["after_entities"] = True
    return found


def fields_of(body: str) -> dict[str, Any]:
    """Every field of one interface."""
    return {
        name: {"required": not optional, **type_of(declared, name), **limits_of(doc)}
        for doc, name, optional, declared in FIELD.findall(body)
    }


def extract(package: Path) -> dict[str, Any]:
    """The whole description."""
    sources = {name: (package / "out" / f"{name}.d.ts").read_text("utf-8")
               for name in ("methods", "params", "objects")}  # fmt: skip
    version = re.search(r"Based on Bot API v([\d.]+)", sources["methods"])
    if version is None:
        raise SystemExit("no Bot API version in methods.d.ts")
    params = {name: fields_of(body) for name, body in INTERFACE.findall(sources["params"])}
    objects = {bare(name): {"fields": fields_of(body)}
               for name, body in INTERFACE.findall(sources["objects"])
               if not name.startswith("TelegramAPIResponse")}  # fmt: skip
    aliases = {}
    for name, declared in ALIAS.findall(sources["params"] + "\n" + sources["objects"]):
        if bare(name) not in {"InputFile", "APIResponse"} and "=>" not in declared:
            aliases[bare(name)] = type_of(declared, name)
    aliases["RichText"]["type"] += "|string|RichText[]"
    return {
        "package": PACKAGE,
        "version": json.loads((package / "package.json").read_text("utf-8"))["version"],
        "bot_api": version[1],
        "methods": {
            name: {"parameters": params[f"{prefix}Params"] if prefix else {}}
            for name, _, prefix in METHOD.findall(sources["methods"])
        },
        "objects": objects,
        "aliases": aliases,
    }


def dump(description: dict[str, Any]) -> str:
    """Sorted JSON with one method or object a line, so that a newer version reads well in git."""
    sections = []
    for key, value in sorted(description.items()):
        if isinstance(value, dict):
            lines = [
                f"{json.dumps(name)}:"
                + json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                for name, item in sorted(value.items())
            ]
            sections.append(f"{json.dumps(key)}:{{\n" + ",\n".join(lines) + "\n}")
        else:
            sections.append(f"{json.dumps(key)}:{json.dumps(value)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def main() -> None:
    """Write bot_api.json next to this file."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    TARGET.write_text(dump(extract(Path(sys.argv[1]))), "utf-8")


if __name__ == "__main__":
    main()
