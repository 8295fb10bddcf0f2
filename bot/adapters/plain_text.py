"""A reply as plain words, for the terminal and for conversation files."""

from __future__ import annotations

from bot.core.messages import Kind, Line, Reply


def plain(reply: Reply) -> str:
    """The lines of a reply, one a line; numbers before steps, bullets before items, file names."""
    lines = [_line(line) for line in reply.lines]
    return "\n".join([*lines, *(f"[file: {document.name}]" for document in reply.documents)])


def _line(line: Line) -> str:
    match line.kind:
        case Kind.ITEM | Kind.DETAIL:
            return f"• {line.text}"
        case Kind.STEP:
            return f"{line.number}. {line.text}"
        case _:
            return line.text


def labels(reply: Reply) -> list[str]:
    """The buttons' words, in order."""
    return [button.label for row in reply.buttons for button in row]
