"""Make an MSI of a built folder: `python packaging/windows/msi.py FOLDER OUT.msi [VERSION]`.

wixl writes most tables, msibuild those that wixl does not know. Two builds of the same folder are
equal, byte by byte. With TOJIMARI_SIGN set, that command is called with the program, the DLL and
the MSI as its last word, and signs them in place.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

import events

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLOSED = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
MOMENT = 1_767_225_600  # 2026-01-01

KEEP_DATA = 256 + 16  # 64 bit, permanent: neither upgrade nor removal touches it
RUN_PROGRAM = 18 + 1024 + 2048  # the installed program, within the transaction, as SYSTEM
ANYHOW = 64  # whatever its exit code: there may be no task to remove
INSTALL_TASK = (
    'schedule install --config "[DATADIR]config.toml" --at "[TASKTIME]" --account "[TASKUSER]"'
)
SECURE = "ADDPATH;INSTALLTASK;TASKTIME;TASKUSER;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED"
PATCHES = (
    f"UPDATE Property SET Value = '{SECURE}' WHERE Property = 'SecureCustomProperties'",
    f"UPDATE Component SET Attributes = {KEEP_DATA} WHERE Component = 'Data'",
    "UPDATE Component SET Condition = 'ADDPATH=1' WHERE Component = 'SearchPath'",
    "CREATE TABLE Environment (Environment CHAR(72) NOT NULL, Name CHAR(255) NOT NULL LOCALIZABLE, "
    "Value CHAR(255) LOCALIZABLE, Component_ CHAR(72) NOT NULL PRIMARY KEY Environment)",
    "INSERT INTO Environment (Environment, Name, Value, Component_) "
    "VALUES ('SearchPath', '=-*PATH', '[~];[INSTALLDIR]', 'SearchPath')",
    "INSERT INTO InstallExecuteSequence (Action, Sequence) "
    "VALUES ('WriteEnvironmentStrings', 5200)",
    "INSERT INTO InstallExecuteSequence (Action, Sequence) "
    "VALUES ('RemoveEnvironmentStrings', 3300)",
    "CREATE TABLE MsiLockPermissionsEx (MsiLockPermissionsEx CHAR(72) NOT NULL, "
    "LockObject CHAR(72) NOT NULL, `Table` CHAR(32) NOT NULL, SDDLText CHAR(0) NOT NULL, "
    "Condition CHAR(255) PRIMARY KEY MsiLockPermissionsEx)",
    "INSERT INTO MsiLockPermissionsEx (MsiLockPermissionsEx, LockObject, `Table`, SDDLText) "
    f"VALUES ('Data', 'DATADIR', 'CreateFolder', '{CLOSED}')",
    "INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) "
    "VALUES ('InstallTask', 'INSTALLTASK=1 AND NOT REMOVE', 6500)",
    "INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) "
    "VALUES ('RemoveTask', 'REMOVE~=\"ALL\" AND NOT UPGRADINGPRODUCTCODE', 3400)",
    *(
        "INSERT INTO CustomAction (Action, Type, Source, Target) "
        f"VALUES ('{name}', {kind}, '{{program}}', '{words}')"
        for name, kind, words in (
            ("InstallTask", RUN_PROGRAM, INSTALL_TASK),
            ("RemoveTask", RUN_PROGRAM + ANYHOW, "schedule remove"),
        )
    ),
)


def main() -> None:
    """Build, patch, sign."""
    folder, target = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    version = sys.argv[3] if len(sys.argv) > 3 else _version()
    with tempfile.TemporaryDirectory() as work:
        payload = Path(work) / "payload"
        shutil.copytree(folder, payload)
        events.build(payload)
        for file in (payload / "tojimari.exe", payload / events.NAME):
            sign(file)
        for path in payload.rglob("*"):
            os.utime(path, (MOMENT, MOMENT))  # the cabinet keeps the times
        _database(Path(work), payload, target, version)
    for statement in PATCHES:
        _run("msibuild", str(target), "-q", statement.format(program=_file("tojimari.exe")))
    package = _code("package", version)
    _run("msibuild", str(target), "-s", "tojimari", "tojimari", "x64;1033", f"{{{package}}}")
    sign(target)


def sign(file: Path) -> None:
    """Sign a file in place, where somebody said how."""
    if command := os.environ.get("TOJIMARI_SIGN"):
        subprocess.run([*shlex.split(command), str(file)], check=True)


def _database(work: Path, payload: Path, target: Path, version: str) -> None:
    (work / "program.wxs").write_bytes(tostring(_program(payload)))
    _run(
        "faketime", "-f", "2026-01-01 00:00:00", "wixl", "--arch", "x64", "--output", str(target),
         "-D", f"Version={version}",
        "-D", f"ProductCode={_code('product', version)}",
        str(HERE / "main.wxs"), "program.wxs", where=work,
    )  # fmt: skip


def _program(payload: Path) -> Element:
    """A component for every file, named after its path: stable from version to version."""
    wix = Element("Wix", xmlns="http://schemas.microsoft.com/wix/2006/wi")
    fragment = SubElement(wix, "Fragment")
    group = SubElement(fragment, "ComponentGroup", Id="program")
    folders = {payload: SubElement(fragment, "DirectoryRef", Id="INSTALLDIR")}
    for path in sorted(payload.rglob("*")):
        name = path.relative_to(payload).as_posix()
        identifier = _file(name)
        above = folders[path.parent]
        if path.is_dir():
            folders[path] = SubElement(above, "Directory", Id=identifier, Name=path.name)
            continue
        component = SubElement(
            above, "Component", Id=identifier, Guid=_code("path", name), Win64="yes"
        )
        source = f"payload/{name}"
        SubElement(component, "File", Id=identifier, KeyPath="yes", Source=source, Name=path.name)
        SubElement(group, "ComponentRef", Id=identifier)
    return wix


def _file(name: str) -> str:
    """What the tables call a file or folder of the program."""
    return f"p{_code('path', name).replace('-', '')}"


def _code(kind: str, version: str) -> str:
    """The same version has the same code, whoever builds it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tojimari {kind} {version}")).upper()


def _run(*words: str, where: Path | None = None) -> str:
    """What a tool answers. wixl passes over what it does not know with a warning: an error here."""
    done = subprocess.run(words, cwd=where, capture_output=True, text=True, check=False)
    if done.returncode or re.search("warning|critical", done.stderr, re.IGNORECASE):
        sys.exit(f"{words[0]}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def _version() -> str:
    text = (ROOT / "agent/__init__.py").read_text(encoding="utf-8")
    return text.rpartition('__version__ = "')[2].partition('"')[0]


if __name__ == "__main__":
    main()
