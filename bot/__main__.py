"""Command line: `unknot` and `python -m bot`.

Exit codes: 0 done, 1 found a problem, 2 wrong usage or settings.
"""

from __future__ import annotations

import errno
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from bot.core.errors import KnowledgeError, SettingsError, StoreError, UnknotError

FOUND_A_PROBLEM, WRONG_USAGE = 1, 2

Port = Annotated[
    int, typer.Option(help="Port of the page; a free one when left out.", min=0, max=65535)
]

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Unknot, a companion for a seized-up back.",
)


@app.callback(invoke_without_command=True)
def default(context: typer.Context, port: Port = 0) -> None:
    """Run on Telegram, or without a token as a chat in the browser on this computer."""
    from bot import settings

    if context.invoked_subcommand is not None:
        return
    token = settings.load().token
    if token is not None and token.get_secret_value():
        telegram()
    else:
        page(port)


@app.command()
def page(port: Port = 0) -> None:
    """Chat in the browser, on this computer only, without Telegram and without a token."""
    from bot import app as root
    from bot import settings

    loaded = settings.load()
    for warning in settings.unknown():
        typer.echo(f"warning: {warning}", err=True)
    try:
        raise typer.Exit(root.page(loaded, port))
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise SettingsError(
            f"--port {port}: this port cannot be had; leave --port out for a free one"
        ) from None


@app.command()
def telegram() -> None:
    """Run the bot on Telegram (needs UNKNOT_TOKEN): polling, or a webhook when one is set."""
    from bot import app as root
    from bot import settings

    loaded = settings.load()
    for warning in settings.unknown():
        typer.echo(f"warning: {warning}", err=True)
    if loaded.token is None or not loaded.token.get_secret_value():
        raise SettingsError(
            "UNKNOT_TOKEN is not set, so there is no bot to run on Telegram.\n"
            "Get a token: write /newbot to @BotFather in Telegram and answer its questions.\n"
            "Then put the line UNKNOT_TOKEN=<the token> into a file named .env, and start again.\n"
            "To try Unknot without a token, run: unknot (in the browser) or unknot chat (here)"
        )
    raise typer.Exit(root.telegram(loaded))


@app.command()
def chat(
    data: Annotated[Path | None, typer.Option(help="Keep the state in this folder.")] = None,
    at: Annotated[
        str | None, typer.Option(help="Start the clock here, as 2026-03-02T09:00.")
    ] = None,
    zone: Annotated[str, typer.Option(help="Time zone of the clock, as Europe/Berlin.")] = "UTC",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a reply.")] = False,
) -> None:
    """Talk to Unknot in this terminal, or play a conversation from a pipe."""
    from bot import app as root

    try:
        moment = datetime.fromisoformat(at) if at else None
    except ValueError:
        raise SettingsError(f"--at {at}: write a date and time as 2026-03-02T09:00") from None
    if zone not in available_timezones():
        raise SettingsError(f"--zone {zone}: not a time zone; write one as Europe/Berlin")
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    named = zone if zone != "UTC" or at else None
    start = moment.astimezone(UTC) if moment else None
    raise typer.Exit(root.chat(data=data, at=start, zone=named, as_json=as_json))


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A knowledge folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="List what is in it.")] = False,
) -> None:
    """Validate the knowledge base: shape, links, sources and plain language."""
    from bot.adapters.knowledge_files import load
    from bot.adapters.knowledge_listing import listing, summary

    knowledge = load(folder)
    typer.echo(listing(knowledge) if as_json else summary(knowledge))


@app.command()
def verify(
    deviations: Annotated[
        int, typer.Option(help="How many deviations from the all-clear path to combine.", min=0)
    ] = 2,
) -> None:
    """Explore the dialogue exhaustively and say what was proved over how many states."""
    import time

    from bot import app as root
    from bot.core.verify import PROVED

    begun = time.perf_counter()
    report = root.verified(deviations)
    taps = ", ".join(f"{outcome.value} {n}" for outcome, n in sorted(report.taps.items()))
    typer.echo(
        f"{report.states + report.merged:,} states, {report.steps:,} steps,"
        f" {time.perf_counter() - begun:.0f} s\n"
        f"{report.merged:,} states of the questions, {report.mergers:,} more merged into them:"
        " every answer to every question, whatever was answered before\n"
        f"{report.states:,} states: all conversations by buttons with at most {deviations}"
        " deviations from the all-clear path\n"
        "in each state commands, words of danger, old buttons, time and a restart"
        " (a few of each after 2 deviations)\n"
        f"longest conversation walked: {report.longest} taps; fewest taps to {taps}"
    )
    if report.problems:
        for problem in report.problems:
            typer.echo(f"broken: {problem.what}")
        typer.echo(
            f"\nthe shortest conversation that shows it:\n\n{report.problems[0].conversation()}"
        )
        raise typer.Exit(FOUND_A_PROBLEM)
    for promise in PROVED:
        typer.echo(f"- {promise}")


@app.command()
def triage() -> None:
    """Read messages: JSON lines with id and text in; raised, asks and outcome out."""
    from bot import app as root
    from bot.adapters.labelled import triaged

    for line in triaged(root.dialogue(), iter(sys.stdin), datetime.now(UTC)):
        typer.echo(line)


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled messages or answers, JSON lines.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Measure how well messages or answers are read, and list what is missed."""
    from bot import app as root
    from bot.adapters import labelled

    typer.echo(labelled.evaluate(root.dialogue(), file, datetime.now(UTC), as_json=as_json))


@app.command()
def health() -> None:
    """Say whether the bot on this data folder runs and can save; exit code 1 when not."""
    from bot import settings
    from bot.adapters.pulse import trouble

    loaded = settings.load()
    found = trouble(loaded.data, loaded.tick_seconds)
    typer.echo(found or "well")
    raise typer.Exit(FOUND_A_PROBLEM if found else 0)


@app.command()
def export(
    user: Annotated[str, typer.Argument(help="A Telegram user id, as 4711.")],
) -> None:
    """Print all that is kept of a user, as JSON (stop the bot first)."""
    from bot import app as root
    from bot import settings

    text = root.export(settings.load(), user)
    if text is None:
        typer.echo(f"nothing is kept of {user}", err=True)
        raise typer.Exit(FOUND_A_PROBLEM)
    typer.echo(text)


@app.command()
def forget(
    user: Annotated[str, typer.Argument(help="A Telegram user id, as 4711.")],
) -> None:
    """Delete all that is kept of a user (stop the bot first)."""
    from bot import app as root
    from bot import settings

    known = root.forget(settings.load(), user)
    typer.echo(f"everything of {user} is deleted" if known else f"nothing was kept of {user}")


@app.command()
def doctor() -> None:
    """Look at every stored file, report, and repair only what is safe (stop the bot first)."""
    from bot import app as root
    from bot import settings

    findings, left = root.doctor(settings.load())
    for finding in findings:
        typer.echo(finding)
    raise typer.Exit(FOUND_A_PROBLEM if left else 0)


@app.command()
def move(
    source: Annotated[str, typer.Option("--from", help="A folder, or: database.")],
    target: Annotated[str, typer.Option("--to", help="A folder, or: database.")],
) -> None:
    """Copy all users between a folder and the database of the settings (stop the bot first).

    Broken off, it goes on when it is run again. Nothing in the source is changed.
    """
    from bot import app as root
    from bot import settings

    lines, left = root.move(settings.load(), source, target)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(FOUND_A_PROBLEM if left else 0)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder.")],
) -> None:
    """Copy all records to a new folder; the bot may go on running."""
    from bot import app as root
    from bot import settings

    lines, left = root.backup(settings.load(), target)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(FOUND_A_PROBLEM if left else 0)


@app.command("rotate-key")
def rotate_key() -> None:
    """Write every record under a new key; can be broken off and run again (stop the bot first)."""
    from bot import app as root
    from bot import settings

    for line in root.rotate_key(settings.load()):
        typer.echo(line)


@app.command()
def figures(
    names: Annotated[
        list[str] | None, typer.Argument(help="Stretches; all when left out.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("figures"),
) -> None:
    """Draw the figures of the stretches: stills (PNG) and animations (GIF), light and dark."""
    from bot.adapters.knowledge_files import load
    from bot.adapters.pictures.pictures import Pictures, written

    for file, size in written(Pictures(load()), names or [], out):
        typer.echo(f"{file}  {size / 1000:.0f} KB")


@app.command()
def replay(
    files: Annotated[list[Path], typer.Argument(help="Conversation files.")],
    accept: Annotated[bool, typer.Option(help="Rewrite the bot's lines.")] = False,
) -> None:
    """Run conversation files and show where they do not go as written."""
    from bot import app as root

    problems = root.replay(files, accept=accept)
    for problem in problems:
        typer.echo(problem)
    typer.echo(f"{len(files)} files, {len(problems)} problems")
    raise typer.Exit(FOUND_A_PROBLEM if problems else 0)


def main() -> None:
    """Run a command; our own errors become words and an exit code, never a traceback."""
    try:
        app()
    except SettingsError as error:
        typer.echo(str(error), err=True)
        sys.exit(WRONG_USAGE)
    except (KnowledgeError, StoreError, UnknotError) as error:
        typer.echo(str(error), err=True)
        sys.exit(FOUND_A_PROBLEM)


if __name__ == "__main__":
    main()
