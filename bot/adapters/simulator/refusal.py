"""What the server answers when it refuses a request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """An error answer of the Bot API."""

    error_code: int
    description: str
    retry_after: int | None = None

    def body(self) -> dict[str, object]:
        """The JSON of the answer."""
        answer: dict[str, object] = {
            "ok": False,
            "error_code": self.error_code,
            "description": self.description,
        }
        if self.retry_after is not None:
            answer["parameters"] = {"retry_after": self.retry_after}
        return answer


class RefusedError(Exception):
    """Carries a refusal up to the code that answers the request."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.description)
        self.refusal = refusal


def bad_request(text: str) -> RefusedError:
    """Error 400 with Telegram's prefix."""
    return RefusedError(Refusal(400, f"Bad Request: {text}"))


def forbidden(text: str) -> RefusedError:
    """Error 403 with Telegram's prefix."""
    return RefusedError(Refusal(403, f"Forbidden: {text}"))


def too_many_requests(retry_after: int) -> RefusedError:
    """Error 429."""
    text = f"Too Many Requests: retry after {retry_after}"
    return RefusedError(Refusal(429, text, retry_after))
