"""What other people made and we hand on: their licences, and a bill of materials (CycloneDX)."""

import shutil
import ssl
import sys
import tomllib
import uuid
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
MOMENT = 1_767_225_600
"""2026-01-01: the time of everything in a build, which must not tell when it was made."""

LICENCES = ("licen", "copying", "notice")
LEFT_OUT = {
    "zeep": "zeep",  # simple-salesforce's metadata client; no_zeep.py stands in its place
    "pygments": "pygments",  # rich's coloured source code
    "markdown-it-py": "markdown_it",  # rich's Markdown
}
"""Distributions that the bundle does without, with all that only they need, and their modules."""

BOOTLOADER = "pyinstaller"  # the start of the program is theirs


def version() -> str:
    """The version of this tree."""
    text = (ROOT / "agent/__init__.py").read_text(encoding="utf-8")
    return text.rpartition('__version__ = "')[2].partition('"')[0]


@cache
def distributions() -> list[Distribution]:
    """Everything that the program needs, on this system, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["xlsx"]]
    waiting = [Requirement(line) for line in lines]
    found: dict[str, Distribution] = {}
    while waiting:
        wanted = waiting.pop()
        here = found[wanted.name.lower()] = distribution(wanted.name)
        extras = wanted.extras or {""}
        for line in here.requires or ():
            inner = Requirement(line)
            marker = inner.marker
            needed = marker is None or any(marker.evaluate({"extra": e}) for e in extras)
            needed = needed and inner.name.lower() not in LEFT_OUT
            if needed and (inner.name.lower() not in found or inner.extras):
                waiting.append(inner)
    return [found[name] for name in sorted(found)]


def add_licences(folder: Path) -> None:
    """Every licence text that a distribution carries, and Python's own."""
    for each in (*distributions(), distribution(BOOTLOADER)):
        texts = [p for p in each.files or () if p.name.lower().startswith(LICENCES)]
        place = folder / each.metadata["Name"]
        place.mkdir(parents=True, exist_ok=True)
        for text in texts:
            shutil.copy(str(text.locate()), place / text.name)
        if not texts:
            said = each.metadata["License-Expression"] or each.metadata["License"] or "see its page"
            (place / "LICENSE").write_text(f"{said}\n", encoding="utf-8", newline="\n")
    for name in ("LICENSE.txt", f"lib/python3.{sys.version_info.minor}/LICENSE.txt"):
        if (text := Path(sys.base_prefix) / name).is_file():
            shutil.copy(text, folder / "Python-LICENSE.txt")
    shutil.copy(ROOT / "LICENSE", folder / "tojimari-LICENSE")


def add_sbom(file: Path) -> None:
    """The bill of materials."""
    name = f"tojimari {version()} {sys.platform}"
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, name), version=1)
    bom.metadata.timestamp = datetime.fromtimestamp(MOMENT, UTC)
    bom.metadata.component = Component(
        name="tojimari",
        version=version(),
        type=ComponentType.APPLICATION,
        bom_ref="tojimari",  # without one it is chance
    )
    python = ".".join(map(str, sys.version_info[:3]))
    openssl = ssl.OPENSSL_VERSION.split()[1]
    for part, number in (("cpython", python), ("openssl", openssl)):
        bom.components.add(
            Component(name=part, version=number, type=ComponentType.LIBRARY, bom_ref=part)
        )
    for each in (*distributions(), distribution(BOOTLOADER)):
        bom.components.add(_component(each))
    bom.register_dependency(bom.metadata.component, bom.components)
    file.write_text(JsonV1Dot6(bom).output_as_string(indent=2), encoding="utf-8", newline="\n")


def _component(each: Distribution) -> Component:
    name, number = each.metadata["Name"], each.version
    said = each.metadata["License-Expression"] or each.metadata["License"] or ""
    short = said if 0 < len(said) < 80 else ""
    return Component(
        name=name,
        version=number,
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=name.lower().replace("_", "-"), version=number),
        bom_ref=f"{name}=={number}",
        licenses=[LicenseFactory().make_from_string(short)] if short else [],
    )
