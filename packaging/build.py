"""Build the program as one folder: `python packaging/build.py [OUT]`.

The same on Linux, on a Windows runner and under Wine. It needs what requirements-linux.txt or
requirements-windows.txt pins and asks the network for nothing. Two builds from the same pins are
equal, byte by byte.

OUT/tojimari/                  the program, LICENSES/, sbom.cdx.json, config.example.toml
OUT/tojimari-VERSION-SYSTEM.zip    the same folder
OUT/SHA256SUMS                 of both
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

from contents import MOMENT, add_licences, add_sbom, version

ROOT = Path(__file__).resolve().parents[1]
SYSTEM = "windows-x64" if sys.platform == "win32" else "linux-x64"
BUDGET = 50_000_000 if sys.platform == "win32" else 92_000_000
"""Bytes on disk; Linux carries its own libpython and libraries with symbols."""


def main() -> None:
    """Build, describe, weigh, pack."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()
    folder = out / "tojimari"
    shutil.rmtree(folder, ignore_errors=True)
    bundle(out)
    shutil.copy(ROOT / "config.example.toml", folder)
    add_licences(folder / "LICENSES")
    add_sbom(folder / "sbom.cdx.json")
    weigh(folder)
    archive = pack(folder, out / f"tojimari-{version()}-{SYSTEM}.zip")
    sums(out, folder, archive)


def bundle(out: Path) -> None:
    """Run PyInstaller from nothing, with chance and time fixed; two may run at once."""
    with tempfile.TemporaryDirectory() as work:
        fixed = {
            "PYTHONHASHSEED": "1",
            "SOURCE_DATE_EPOCH": str(MOMENT),
            "PYINSTALLER_CONFIG_DIR": work,  # its cache, otherwise one for the whole account
        }
        subprocess.run(
            [
                sys.executable, "-m", "PyInstaller", "--clean", "--noconfirm",
                "--log-level", "WARN", "--distpath", str(out), "--workpath", work,
                str(ROOT / "packaging/tojimari.spec"),
            ],
            env=os.environ | fixed, stdin=subprocess.DEVNULL, check=True,
        )  # fmt: skip


def weigh(folder: Path) -> None:
    """Say what the parts weigh; too much is an error, because nobody notices it otherwise."""
    parts: Counter[str] = Counter()
    for file in files(folder):
        inner = file.relative_to(folder).parts
        parts[inner[1] if inner[0] == "lib" else inner[0]] += file.stat().st_size
    total = sum(parts.values())
    for name, size in parts.most_common(12):
        print(f"{size / 1e6:8.1f} MB  {name}")
    print(f"{total / 1e6:8.1f} MB  in all; the budget is {BUDGET / 1e6:.0f} MB")
    if total > BUDGET:
        sys.exit(f"The bundle is {(total - BUDGET) / 1e6:.1f} MB over its budget.")


def pack(folder: Path, archive: Path) -> Path:
    """The folder as a zip that depends on nothing but its content."""
    moment = (2026, 1, 1, 0, 0, 0)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for file in files(folder):
            name = file.relative_to(folder.parent).as_posix()
            entry = zipfile.ZipInfo(name, moment)
            runs = file.name == "tojimari" or ".so" in file.suffixes
            entry.external_attr = (0o100755 if runs else 0o100644) << 16
            entry.create_system = 3  # Unix: keeps the right to run
            target.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive


def sums(out: Path, folder: Path, archive: Path) -> None:
    """SHA256SUMS, as `sha256sum --check` reads it."""
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(out).as_posix()}\n"
        for file in (*files(folder), archive)
    ]
    (out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def files(folder: Path) -> list[Path]:
    """All files below a folder, in the same order everywhere."""
    return sorted(p for p in folder.rglob("*") if p.is_file())


if __name__ == "__main__":
    main()
