"""The one check command: `nox`. More: `nox -s quick`, `bench`, `bundle`, `docs`, `wine`, `pins`."""

import shutil
from pathlib import Path

import nox

nox.options.sessions = ["check"]
nox.options.default_venv_backend = "virtualenv"


DEV = "packaging/requirements-dev.txt"
AT_ONCE = ("-n", "auto", "--dist", "worksteal")  # a worker for every core
TRAINING = "packaging/requirements-training.txt"
DOCS = "packaging/requirements-docs.txt"
QUICK = (
    "tests/unit",
    "tests/docs/test_pages.py",
    "tests/docs/test_decisions.py",
    "--ignore=tests/unit/connectors",
    "--ignore=tests/unit/sdk",
    "-m=not slow",
)
"""What needs no vendor, no second process and no minute."""


def _install(session: nox.Session) -> None:
    """Everything by its hash, then this project without asking anybody for more."""
    session.install("--quiet", "--require-hashes", "-r", DEV)
    session.install("--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")


@nox.session
def check(session: nox.Session) -> None:
    """Format, lint, types, import contracts, tests: what must be green."""
    _install(session)
    _lint(session)
    session.run("pytest", *AT_ONCE, *session.posargs)


def _lint(session: nox.Session) -> None:
    """Format, lint, types and import contracts."""
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    python = shutil.which("python", path=session.bin) or "python"
    session.run("basedpyright", "--pythonpath", python)
    session.run("lint-imports")


@nox.session(reuse_venv=True)
def quick(session: nox.Session) -> None:
    """The part of `check` that takes less than two minutes on two cores: for every save."""
    _install(session)
    _lint(session)
    session.run("pytest", *AT_ONCE, *QUICK, *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Only the tests: `nox -s tests -P 3.13 -- -k resume`."""
    _install(session)
    session.run("pytest", *AT_ONCE, *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Calls, items a second and memory, with the work that was done beside each figure."""
    _install(session)
    session.run("python", "-m", "tests.bench", *session.posargs)
    if not session.posargs:
        session.run("python", "-m", "tests.bench.m365")


@nox.session
def bundle(session: nox.Session) -> None:
    """The program as a folder for this system, built twice, tried where no Python is."""
    _install(session)
    out = Path("dist/linux").absolute()
    for name in ("one", "two"):
        session.run("python", "packaging/build.py", str(out / name))
    session.run("pytest", "tests/integration/test_bundle.py", env={"TOJIMARI_BUNDLE": str(out)})


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as two sites, strictly, looked at in a browser where there is one."""
    _install(session)
    session.install("--quiet", "--require-hashes", "-r", DOCS)
    out = Path("dist/docs").absolute()
    session.run("python", "packaging/docs/build.py", str(out))
    session.run("pytest", "tests/integration/test_docs.py", env={"TOJIMARI_DOCS": str(out)})


@nox.session
def wine(session: nox.Session) -> None:
    """The Windows program and its installer, built and tried under Wine."""
    _install(session)
    out = Path("dist/wine").absolute()
    session.run("python", "packaging/windows/wine.py", str(out))
    session.run("pytest", "tests/integration/test_wine.py", env={"TOJIMARI_WINE": str(out)})


@nox.session
def pins(session: nox.Session) -> None:
    """Compile the pins again: universal, hashed, without the name of any index."""
    session.install("uv")
    common = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header",
              "--no-emit-index-url", "--upgrade", "--quiet")  # fmt: skip
    compile_ = ("uv", "pip", "compile", "pyproject.toml", *common)
    session.run(*compile_, "-o", "packaging/requirements.txt")
    session.run(*compile_, "--group", "dev", "-o", DEV)
    session.run("uv", "pip", "compile", "--group", "docs", "-c", DEV, *common, "-o", DOCS)
    session.run("uv", "pip", "compile", "--group", "training", *common, "-o", TRAINING)
    windows = ("--python-platform", "x86_64-pc-windows-msvc", "--python-version", "3.13",
               "--only-binary", ":all:", *common[3:])  # fmt: skip
    session.run("uv", "pip", "compile", "pyproject.toml", *windows, "--group", "bundle",
                "-o", "packaging/requirements-windows.txt")  # fmt: skip
