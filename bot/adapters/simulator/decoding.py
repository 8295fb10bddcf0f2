"""From an HTTP request to the parameters of a method."""

import json
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, hdrs, web

from bot.adapters.simulator.description import Fields, Json, JsonDict, alternatives, load
from bot.adapters.simulator.refusal import bad_request
from bot.adapters.simulator.uploads import Upload


@dataclass
class Request:
    """The method's parameters, typed, and the files that other parameters refer to."""

    method: str
    params: JsonDict = field(default_factory=dict)
    attachments: dict[str, Upload] = field(default_factory=dict)


async def decode(method: str, http: web.Request) -> Request:
    """Read a request in any of the forms Telegram takes: query, form, multipart or JSON."""
    request = Request(method)
    fields = load().methods.get(method, {})
    raw: JsonDict = dict(http.query)
    if http.content_type == "application/json":
        raw |= _object(await http.text() or "{}")
    elif http.content_type == "multipart/form-data":
        raw |= await _multipart(http, fields, request)
    elif http.method == hdrs.METH_POST:
        raw |= {name: str(value) for name, value in (await http.post()).items()}
    request.params |= {name: typed(fields, name, value) for name, value in raw.items()}
    return request


def _object(text: str) -> JsonDict:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("can't parse the request as a JSON object")
    return value


async def _multipart(http: web.Request, fields: Fields, request: Request) -> JsonDict:
    raw: JsonDict = {}
    async for part in await http.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        if part.filename is None:
            raw[part.name] = await part.text()
            continue
        content = bytes(await part.read())
        kind = part.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
        upload = Upload(part.filename, kind, len(content), content)
        (request.params if part.name in fields else request.attachments)[part.name] = upload
    return raw


def typed(fields: Fields, name: str, value: Json) -> Json:
    """A parameter that came as text, turned into the type the method declares."""
    if name not in fields or not isinstance(value, str):
        return value
    kinds = alternatives(fields[name].type)
    if "integer" in kinds and value.lstrip("-").isdecimal():
        return int(value)
    if "string" in kinds or "InputFile" in kinds:
        return value
    if any(kind.endswith("[]") or kind in load().objects for kind in kinds):
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {name} JSON object") from error
    if {"boolean", "true"} & set(kinds) and value.lower() in {"true", "false", "1", "0"}:
        return value.lower() in {"true", "1"}
    if "float" in kinds:
        try:
            return float(value)
        except ValueError:
            return value
    return value
