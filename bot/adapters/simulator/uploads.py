"""A file that came with a multipart request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Upload:
    """What the server keeps of an uploaded file; the bytes are dropped."""

    filename: str
    content_type: str
    size: int
