"""A demo organization, running, with connectors to it."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from connectors.salesforce.demo import Tenant
from connectors.sdk.testing import ConnectorHarness, ServedTenant

Open = Callable[..., ServedTenant]


@pytest.fixture
def open_tenant(tmp_path: Path) -> Generator[Callable[..., ServedTenant]]:
    """Serve a tenant made with these arguments."""
    with ExitStack() as stack:

        def opened(**made_with: Any) -> ServedTenant:
            stage = ConnectorHarness("salesforce", tmp_path)
            stage.tenant = Tenant(**made_with)
            return stack.enter_context(stage.open())

        yield opened
