"""A fourth service is one folder: what fulfils the written contract works in every command."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from connectors.sdk import services
from connectors.sdk.services import ContractError, load_demo, load_remediation, load_service

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with the folder of a fourth service and nothing else."""
    copy = tmp_path_factory.mktemp("program")
    for part in ("agent", "connectors", "tools"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(HERE / "box", copy / "connectors" / "box")
    return copy


def python(program: Path, *words: str, cwd: Path | None = None) -> str:
    env = {**os.environ, "PYTHONPATH": str(program), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd or program, env=env, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def results(program: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("box")
    said = python(program, str(HERE / "box_commands.py"), str(folder), cwd=folder)
    fixes = [f.read_text(encoding="utf-8-sig") for f in folder.glob("fixes/*/*.ps1")]
    return json.loads(said) | {"fixes": fixes}


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("doctor", "Listing of the shared files"),
        ("plan", "Shared files"),
        ("scan --no-deliver", "exposures"),
        ("judge", "exposures"),
        ("findings list", "顧客名簿.xlsx"),
        ("fix --out fixes", "box"),
        ("report", "exposures"),
        ("rules list", "LINK-001"),
    ],
)
def test_a_service_that_meets_the_contract_works_in_every_command(results, words, part):
    code, out, err = results[words]
    assert code == 0, err
    assert part in out + err


def test_verify_says_that_nothing_of_the_service_can_be_counted_from_outside(results):
    code, _, err = results["verify --list"]
    assert code != 70, err


def test_its_remediation_is_in_the_script(results):
    assert results["fixes"] and all("Remove-BoxLink" in script for script in results["fixes"])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_its_permissions_are_in_the_documentation(program, language):
    page = python(program, "-m", "tools.permission_docs", language)
    assert "## Box" in page and "`files.read`" in page


def test_it_is_in_the_example_configuration(program):
    assert "[connectors.box]" in python(program, "-m", "tools.config_example")


@pytest.mark.parametrize("service", services.services())
def test_every_service_of_the_program_meets_the_contract(service):
    assert load_service(service).SIGN_INS
    assert load_remediation(service).FILE.endswith(".ps1")
    assert load_demo(service).DENIED.status >= 400


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> Generator[ModuleType]:
    module = ModuleType("connectors.lacking")
    monkeypatch.setitem(sys.modules, "connectors.lacking", module)
    monkeypatch.setitem(sys.modules, "connectors.lacking.remediation", module)
    monkeypatch.setitem(sys.modules, "connectors.lacking.demo", module)
    yield module


@pytest.mark.parametrize(
    ("load", "missing"),
    [
        (load_service, "PERMISSIONS, SIGN_INS, Settings, connect"),
        (load_remediation, "FILE, script"),
        (load_demo, "DENIED, THROTTLED, Tenant, table"),
    ],
)
def test_a_service_that_lacks_a_part_is_told_which(lacking, load, missing):
    with pytest.raises(ContractError, match=missing):
        load("lacking")


def test_a_service_without_its_modules_and_texts_is_told_which(lacking, tmp_path):
    for name in ("PERMISSIONS", "SIGN_INS", "Settings", "connect"):
        setattr(lacking, name, ())
    lacking.__file__, lacking.__path__ = str(tmp_path / "__init__.py"), [str(tmp_path)]
    with pytest.raises(ContractError, match=r"remediation, demo, en\.toml, ja\.toml"):
        load_service("lacking")
