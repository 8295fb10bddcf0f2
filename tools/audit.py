"""Known vulnerabilities of the pinned packages, by pip-audit: `make audit`.

Exit code 1 when there are any. Where the data cannot be reached that is said, and is no failure:
nothing was learnt, neither good nor bad.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "constraints.txt")),
    # Every version is pinned: nothing has to be resolved, installed or run.
    *("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"),
    *("--timeout", "10"),
)
UNREACHED = "audit: the data on vulnerabilities could not be reached; nothing was audited"


def main() -> int:
    """Run pip-audit and say what it found."""
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        packages = []
    lines, found = told(packages)
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found else 0


def told(packages: Sequence[dict[str, Any]]) -> tuple[list[str], int]:
    """What is to be said of pip-audit's list, and how many vulnerabilities are in it.

    It calls packages that its source does not know "skipped" and reports success; when the source
    cannot be reached that may be all of them.
    """
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        return [UNREACHED], 0
    lines = [
        f"{package['name']} {package['version']}: {one['id']},"
        f" mended in {', '.join(one['fix_versions']) or 'no version yet'}"
        for package in audited
        for one in package["vulns"]
    ]
    skipped = sorted(package["name"] for package in packages if "skip_reason" in package)
    summary = f"audit: {len(audited)} packages audited, {len(lines)} vulnerabilities"
    left = [f"not audited: {', '.join(skipped)}"] if skipped else []
    return [summary, *lines, *left], len(lines)


if __name__ == "__main__":
    sys.exit(main())
