"""The program as one folder: `nox -s bundle` builds it twice and runs this."""

import csv
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.integration import crowd

ROOT = Path(__file__).parents[2]
OUT = Path(os.environ.get("TOJIMARI_BUNDLE", "/nowhere"))
FOLDER = OUT / "one/tojimari"
PROGRAM = FOLDER / "tojimari"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not OUT.is_dir(), reason="no bundle; `nox -s bundle` builds one"),
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with the bundle and the C library that every Linux has; no Python, no shell."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(FOLDER, root / "opt/tojimari", symlinks=True)
    for folder in ("tmp", "home", "dev"):
        (root / folder).mkdir()
    (root / "dev/null").touch()
    libraries = [PROGRAM, *FOLDER.rglob("*.so*")]
    for library in libraries:
        said = subprocess.run(["ldd", str(library)], capture_output=True, text=True).stdout
        for path in re.findall(r"(/\S+) \(0x", said):
            if not Path(path).is_relative_to(FOLDER) and not (place := root / path[1:]).exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)
    return root


@pytest.fixture(scope="module")
def within(room: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["unshare", "--map-root-user", "chroot", str(room), "/opt/tojimari/tojimari", *words],
            env={"PATH": os.environ["PATH"], **environment},
            stdin=subprocess.PIPE,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
        )

    return run


def test_the_demo_runs_to_its_end_where_nothing_else_is(
    room: Path, within: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert not [p for p in room.rglob("python*") if os.access(p, os.X_OK) and p.is_file()]
    done = within("demo", "--out", "/tmp/demo", "--json", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["findings"] > 40
    assert {p.name for p in (room / "tmp/demo").glob("runs/*/*.csv")} >= {"findings.csv"}
    (coverage,) = (room / "tmp/demo").glob("runs/*/coverage.csv")
    with coverage.open(encoding="utf-8-sig", newline="") as file:
        read = {row["scope_id"] for row in csv.DictReader(file) if row["status"] == "complete"}
    assert read >= {"code", "documents", "files", "options", "records"}, "Salesforce without zeep"


def test_what_judges_beside_it_is_the_program_itself_and_says_the_same(
    room: Path, within: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    crowd.store(room / "tmp/crowd")
    done = within("judge", "-c", "/tmp/crowd/config.toml")
    assert done.returncode == 0, done.stderr
    assert crowd.findings(room / "tmp/crowd") == crowd.judged_here(tmp_path / "here")


def test_it_speaks_japanese_without_a_locale_a_home_or_a_terminal(
    within: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = within("--help", TOJIMARI_LANG="ja", LC_ALL="C", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "収集" in done.stdout


def test_a_mistake_has_its_code_and_its_sentence(
    within: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = within("scan", "-c", "/nowhere.toml", "--lang", "en")
    assert done.returncode == 2
    assert "/nowhere.toml" in done.stderr


def test_it_knows_public_suffixes(
    room: Path, within: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (room / "tmp/suffix.toml").write_text('[organization]\napproved_domains = ["co.jp"]\n')
    done = within("scan", "-c", "/tmp/suffix.toml", "--lang", "en")
    assert done.returncode == 2
    assert "example.co.jp" in done.stderr


def test_two_builds_are_equal_file_by_file() -> None:
    one, two = ((OUT / name / "SHA256SUMS").read_text(encoding="utf-8") for name in ("one", "two"))
    assert one == two


def test_the_sums_are_those_of_the_files() -> None:
    for line in (OUT / "one/SHA256SUMS").read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition("  ")
        assert hashlib.sha256((OUT / "one" / name).read_bytes()).hexdigest() == expected


def test_every_api_of_google_that_the_code_builds_has_its_description_and_no_other_is_carried() -> (
    None
):
    modules = (ROOT / "connectors/google").glob("*.py")
    code = "".join(module.read_text(encoding="utf-8") for module in modules)
    built = re.findall(r'\bbuild_service\(\s*"([a-z]+)", "([a-z0-9_]+)"', code)
    named = {f"{api}.{version}.json" for api, version in built}
    carried = {p.name for p in FOLDER.glob("lib/googleapiclient/discovery_cache/documents/*.json")}
    assert named
    assert named <= carried
    assert len(carried) <= 5


def test_the_bill_of_materials_names_all_whose_licence_is_there() -> None:
    bill = json.loads((FOLDER / "sbom.cdx.json").read_text(encoding="utf-8"))
    named = {part["name"] for part in bill["components"] if "purl" in part}
    licensed = {p.name for p in (FOLDER / "LICENSES").iterdir() if p.is_dir()}
    assert named == licensed
    assert {"msal", "google-api-python-client", "simple-salesforce", "cryptography"} <= named
    assert all(any(p.iterdir()) for p in (FOLDER / "LICENSES").iterdir() if p.is_dir())


def test_every_module_it_carries_is_named_in_the_bill() -> None:
    bill = json.loads((FOLDER / "sbom.cdx.json").read_text(encoding="utf-8"))
    named = {part["name"] for part in bill["components"]}
    modules = {name.partition(".")[0] for name in carried()}
    made_by = packages_distributions()
    assert {"connectors", "simple_salesforce", "xlsxwriter"} <= modules
    for module in modules - sys.stdlib_module_names - {"agent", "connectors"}:
        assert module.startswith("_sysconfigdata") or named & {*made_by[module]}, module


def test_it_leaves_at_home_what_nobody_here_uses() -> None:
    modules = {name.partition(".")[0] for name in carried()}
    unused = {"zeep", "lxml", "attr", "pygments", "markdown_it", "hypothesis", "pytest", "tkinter"}
    assert not unused & modules
    assert not unused & {p.name for p in (FOLDER / "lib").iterdir()}
    assert "sqlalchemy.orm" not in carried()


def carried() -> set[str]:
    """The modules of Python inside the program."""
    from PyInstaller.archive.readers import CArchiveReader

    return {*CArchiveReader(str(PROGRAM)).open_embedded_archive("PYZ.pyz").toc}


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_it_starts_at_once(word: str) -> None:
    best = 9.9
    for _ in range(5):  # of its own time on the processor: the machine may be busy
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([PROGRAM, word], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
        best = min(best, spent)
    assert best < 0.4
