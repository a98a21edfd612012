"""The laws of the contract, for every connector of this build."""

import pkgutil
from pathlib import Path

import pytest

import connectors
from connectors.sdk.testing import ConnectorContractTests, ConnectorHarness

SERVICES = [
    f.name for f in pkgutil.iter_modules(connectors.__path__) if f.ispkg and f.name != "sdk"
]


@pytest.fixture(params=SERVICES)
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> ConnectorHarness:
    return ConnectorHarness(request.param, tmp_path)


class TestConnectors(ConnectorContractTests):
    pass
