"""Media: files the bot sends and everything a person can send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.adapters.simulator.description import Json, JsonDict
from bot.adapters.simulator.errors import SimulatorError
from bot.adapters.simulator.refusal import Refusal, RefusedError, bad_request
from bot.adapters.simulator.uploads import Upload

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_FILE_BYTES = 50 * 1024 * 1024
KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class File:
    """A file on the server."""

    file_id: str
    kind: str
    size: int = 1000
    name: str | None = None
    mime_type: str | None = None

    def ids(self) -> JsonDict:
        """The fields every kind of file has."""
        unique = f"unique-{self.file_id}"
        return {"file_id": self.file_id, "file_unique_id": unique, "file_size": self.size}


class Files:
    """Every file the server has seen."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._contents: dict[str, bytes] = {}

    def content(self, file_id: str) -> tuple[File, bytes] | None:
        """A file and its bytes, while they are kept: the newest files that fit together."""
        kept = self._contents.get(file_id)
        return None if kept is None else (self._files[file_id], kept)

    def _keep(self, file_id: str, content: bytes) -> None:
        self._contents[file_id] = content
        while sum(map(len, self._contents.values())) > KEPT_BYTES:
            del self._contents[next(iter(self._contents))]

    def new(self, kind: str, upload: Upload | None = None) -> File:
        """Store a file under a new id."""
        file_id = f"{kind}-file-{len(self._files) + 1}"
        if upload is None:
            file = File(file_id, kind)
        else:
            file = File(file_id, kind, upload.size, upload.filename, upload.content_type)
            self._keep(file_id, upload.content)
        self._files[file_id] = file
        return file

    def resolve(self, kind: str, value: Upload | str) -> File:
        """The file a request means: an upload, a file id or a link."""
        if isinstance(value, Upload):
            if not value.size:
                raise bad_request("file must be non-empty")
            if value.size > (MAX_PHOTO_BYTES if kind == "photo" else MAX_FILE_BYTES):
                raise RefusedError(Refusal(413, "Request Entity Too Large"))
            return self.new(kind, value)
        if value.startswith(("http://", "https://")):
            return self.new(kind)
        file = self._files.get(value.removesuffix("-small"))
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if file.kind != kind:
            raise bad_request(f"can't use file of type {file.kind} as {kind}")
        return file


def media_fields(file: File) -> JsonDict:
    """The fields of a message that shows a file."""
    named = {"file_name": file.name, "mime_type": file.mime_type}
    extra = {key: value for key, value in named.items() if value is not None}
    size = {"width": 640, "height": 480}
    match file.kind:
        case "photo":
            small = {**file.ids(), "file_id": f"{file.file_id}-small", "width": 90, "height": 67}
            return {"photo": [small, {**file.ids(), **size}]}
        case "animation":
            document = {**file.ids(), **extra}
            return {"animation": {**document, **size, "duration": 2}, "document": document}
        case "video":
            return {"video": {**file.ids(), **extra, **size, "duration": 2}}
        case "video_note":
            return {"video_note": {**file.ids(), "length": 240, "duration": 2}}
        case "voice" | "audio":
            return {file.kind: {**file.ids(), "duration": 2}}
        case "sticker":
            flags = {"type": "regular", "is_animated": False, "is_video": False}
            return {"sticker": {**file.ids(), **flags, "width": 512, "height": 512}}
        case _:
            return {"document": {**file.ids(), **extra}}


FILE_KINDS = frozenset({
    "photo", "animation", "video", "video_note", "voice", "audio", "sticker", "document",
})  # fmt: skip


def _contact() -> Json:
    return {"phone_number": "+10000000000", "first_name": "User"}


def _poll() -> Json:
    options = [
        {"persistent_id": str(number), "text": text, "voter_count": 0}
        for number, text in enumerate(("One", "Two"))
    ]
    return {
        "id": "1",
        "question": "Question",
        "options": options,
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
    }


PLAIN_KINDS: Mapping[str, Callable[[], Json]] = {
    "contact": _contact,
    "poll": _poll,
    "dice": lambda: {"emoji": "🎲", "value": 3},
}


def content(files: Files, kind: str, latitude: float, longitude: float) -> JsonDict:
    """The fields of a message with which a person sends something that is not text."""
    location = {"latitude": latitude, "longitude": longitude}
    if kind in FILE_KINDS:
        return media_fields(files.new(kind))
    if kind in PLAIN_KINDS:
        return {kind: PLAIN_KINDS[kind]()}
    if kind == "location":
        return {"location": location}
    if kind == "venue":
        venue = {"location": location, "title": "Place", "address": "Address"}
        return {"location": location, "venue": venue}
    raise SimulatorError(f"people can't send {kind!r} here; they can send {sorted(KINDS)}")


KINDS = FILE_KINDS | PLAIN_KINDS.keys() | {"location", "venue"}
