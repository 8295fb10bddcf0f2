"""What was in the uploaded files, as far as there is room."""

from collections import OrderedDict

MAX_KEPT_BYTES = 64 * 1024 * 1024
DEFAULT_TYPE = "application/octet-stream"
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"%PDF-": "application/pdf",
}


class Archive:
    """The bytes of files by their id; the oldest go when all together become too many."""

    def __init__(self, room: int = MAX_KEPT_BYTES) -> None:
        self._room = room
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def keep(self, file_id: str, content: bytes) -> None:
        """Remember a file's bytes, and forget the oldest where there is no room."""
        self._kept[file_id] = content
        self._size += len(content)
        while self._size > self._room:
            self._size -= len(self._kept.popitem(last=False)[1])

    def get(self, file_id: str) -> bytes | None:
        """A file's bytes, unless they are gone or never came."""
        return self._kept.get(file_id)


def content_type(content: bytes) -> str | None:
    """What kind of file it is, where its first bytes tell."""
    if content[4:8] == b"ftyp":
        return "video/mp4"
    return next((kind for start, kind in _BEGINNINGS.items() if content.startswith(start)), None)
