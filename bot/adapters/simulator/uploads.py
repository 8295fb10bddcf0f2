"""A file that came with a multipart request."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Upload:
    """An uploaded file."""

    filename: str
    content_type: str
    size: int
    content: bytes = field(default=b"", repr=False)
