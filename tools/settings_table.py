"""The table of settings in docs/operate.md, from the settings themselves: `make settings`."""

from __future__ import annotations

from pathlib import Path

from bot.settings import PREFIX, Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operate.md"
BEGIN, END = "<!-- settings -->\n", "<!-- end of settings -->\n"


def table() -> str:
    """A row for each setting: name, default, meaning."""
    rows = ["| setting | when left out | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        secret = " (a secret)" if "SecretStr" in str(field.annotation) else ""
        default = f"`{field.default}`" if field.default not in {None, ""} else ""
        rows.append(f"| `{PREFIX}{name.upper()}`{secret} | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def renewed(page: str) -> str:
    """The page with the present table."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def main() -> None:
    """Write the table into the page."""
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
