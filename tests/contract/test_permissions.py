"""What a connector asks of an administrator is what it tries, and what its page says."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from agent.text import Text
from connectors.sdk.services import services
from connectors.sdk.testing import ConnectorHarness

ROOT = Path(__file__).parents[2]
VENDORS = "msal googleapiclient google simple_salesforce zeep jwt"


@pytest.mark.parametrize("service", services())
def test_every_permission_that_is_tried_is_one_that_is_asked_for(
    service: str, tmp_path: Path
) -> None:
    asked_for = {p.name for p in import_module(f"connectors.{service}").PERMISSIONS}
    with ConnectorHarness(service, tmp_path).open() as opened:
        connector, _ = opened.connector()
        connector.tenant()
        rows = [c for c in connector.checks() if c.id.startswith("permission.")]
    tried = {str(dict(row.title.values)["permission"]) for row in rows}
    assert tried
    assert tried <= asked_for


@pytest.mark.parametrize("service", services())
def test_every_permission_is_explained_in_both_languages_and_stands_on_the_page(
    service: str,
) -> None:
    permissions = import_module(f"connectors.{service}").PERMISSIONS
    page = (ROOT / f"docs/connectors/{service}.md").read_text(encoding="utf-8")
    assert any(p.minimal for p in permissions)
    for permission in permissions:
        assert permission.name.rpartition("/")[2].rpartition(": ")[2] in page
        for language in ("en", "ja"):
            for said in (permission.why, permission.consequence):
                assert Text(language).render(said) != str(said)


@pytest.mark.parametrize("service", services())
def test_the_permissions_are_read_without_the_libraries_of_the_vendor(service: str) -> None:
    code = (
        f"import connectors.{service} as c, sys; c.PERMISSIONS; "
        f"sys.exit(' '.join(m for m in {VENDORS!r}.split() if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", services())
def test_every_way_to_sign_in_is_explained_and_its_examples_are_understood(service: str) -> None:
    module = import_module(f"connectors.{service}")
    fields = module.Settings.model_fields
    needed = {key: info.examples[0] for key, info in fields.items() if info.is_required()}
    for way in module.SIGN_INS:
        assert set(way.optional) <= fields.keys()
        module.Settings.model_validate(needed | dict(way.keys) | dict(way.fixed))
        for language in ("en", "ja"):
            assert Text(language).render(way.title) != str(way.title)
