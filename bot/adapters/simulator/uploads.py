"""A file that came with a multipart request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Upload:
    """An uploaded file."""

    filename: str
    content_type: str
    content: bytes

    @property
    def size(self) -> int:
        """How many bytes came."""
        return len(self.content)
