"""The remediation script for Box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.sdk.remediation import Localize, RemediationTarget, ps_literal

FILE = "box.ps1"


def script(targets: Iterable[RemediationTarget], words: Localize, /) -> Iterator[str]:
    """Yield a line that removes each link."""
    for target in targets:
        yield f"Remove-BoxLink {ps_literal(target.subject_id)} {ps_literal(target.grant_id)}"
