"""The pictures of the report, from the demo: `python -m tests.docs.pictures`. Needs Chromium."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.pages import DOCS
from tests.integration.browser import browser

WIDTH, HEIGHT = 1200, 1050


def main() -> None:
    """One picture a language: the head of the page that the demo writes."""
    for language in ("en", "ja"):
        with TemporaryDirectory() as folder, browser() as opened:
            demo = [sys.executable, "-m", "agent", "demo", "--quiet", "--lang", language]
            subprocess.run([*demo, "--out", folder], check=True)
            (report,) = Path(folder).glob("runs/*/report.html")
            opened.screen(WIDTH, HEIGHT)
            opened.open(report)
            opened.picture(DOCS / "images" / f"report-{language}.png", 0, HEIGHT, WIDTH)


if __name__ == "__main__":
    main()
