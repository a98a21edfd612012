"""The one check command: `nox`. More: `nox -s bench`, `nox -s pins`."""

import shutil

import nox

nox.options.sessions = ["check"]
nox.options.default_venv_backend = "virtualenv"


DEV = "packaging/requirements-dev.txt"


def _house(session: nox.Session) -> None:
    """Everything by its hash, then this project without asking anybody for more."""
    session.install("--quiet", "--require-hashes", "-r", DEV)
    session.install("--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")


@nox.session
def check(session: nox.Session) -> None:
    """Format, lint, types, import contracts, tests: what must be green."""
    _house(session)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    python = shutil.which("python", path=session.bin) or "python"
    session.run("basedpyright", "--pythonpath", python)
    session.run("lint-imports")
    session.run("pytest", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Only the tests: `nox -s tests -P 3.13 -- -k resume`."""
    _house(session)
    session.run("pytest", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Calls, items a second and memory, with the work that was done beside each figure."""
    _house(session)
    session.run("python", "-m", "tests.bench", *session.posargs)
    if not session.posargs:
        session.run("python", "-m", "tests.bench.m365")


@nox.session
def pins(session: nox.Session) -> None:
    """Compile the pins again: universal, hashed, without the name of any index."""
    session.install("uv")
    common = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header",
              "--no-emit-index-url", "--upgrade", "--quiet")  # fmt: skip
    compile_ = ("uv", "pip", "compile", "pyproject.toml", *common)
    session.run(*compile_, "-o", "packaging/requirements.txt")
    session.run(*compile_, "--group", "dev", "-o", DEV)
