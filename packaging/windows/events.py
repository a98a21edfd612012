"""The texts of the Windows event log as a DLL without code, in English and Japanese.

The sentences are those of `agent/text`, the numbers those of `agent/host/event_log.py`. Needs
windmc, windres and gcc of mingw-w64.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # the program of this checkout, before what comes from it

from agent.host.event_log import EVENTS, HostEvent  # noqa: E402 -- found by the path
from agent.text import Text  # noqa: E402 -- found by the path

NAME = "tojimari-events.dll"
SEVERITIES = {1: "Error", 2: "Warning", 4: "Informational"}
LANGUAGES = {"en": "English", "ja": "Japanese"}
HEAD = """\
MessageIdTypedef=DWORD
SeverityNames=(Informational=0x1 Warning=0x2 Error=0x3)
LanguageNames=(English=0x409:MSG00409)
LanguageNames=(Japanese=0x411:MSG00411)
"""


def build(folder: Path) -> Path:
    """Make the DLL in a folder; the same bytes every time."""
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "events.mc"
        source.write_text("".join(lines()), encoding="utf-16-le", newline="\r\n")
        _run("windmc", "-u", "-U", "-h", work, "-r", work, str(source))
        _run("windres", f"-I{work}", str(Path(work) / "events.rc"), str(Path(work) / "events.o"))
        _run(
            "gcc", "-shared", "-nostdlib", "-s", "-Wl,--entry=0",
            "-Wl,--no-insert-timestamp", "-Wl,--image-base=0x180000000",  # the same bytes anywhere
            str(Path(work) / "events.o"), "-o", str(folder / NAME),
        )  # fmt: skip
    return folder / NAME


def lines() -> Iterator[str]:
    """The message file that windmc compiles."""
    yield HEAD
    for event in EVENTS:
        yield f"\nMessageId={event.number}\nSeverity={SEVERITIES[event.kind]}\n"
        yield f"SymbolicName=TOJIMARI_{event.name.upper()}\n"
        for language, name in LANGUAGES.items():
            yield f"Language={name}\n{sentence(event, language)}\n.\n"


def sentence(event: HostEvent, language: str) -> str:
    """A sentence with Windows' own braces: %1, %2 ..."""
    holes = {name: f"\0{at}" for at, name in enumerate(event.values, 1)}
    said = Text(language).say(f"host.event.{event.name}", **holes)
    return said.replace("%", "%%").replace("\0", "%")


def _run(tool: str, *words: str) -> None:
    subprocess.run([f"x86_64-w64-mingw32-{tool}", *words], check=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
