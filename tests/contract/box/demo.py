"""A made-up account of Box."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Access, Audience

DENIED = Response(status=403, body={"code": "forbidden"})
THROTTLED = Response(status=429, headers={"Retry-After": "1"})
TOKEN = "box-demo-token"
FILES = [
    {"id": "f1", "name": "顧客名簿.xlsx", "owner": "sato@example.co.jp", "link": "l1",
     "audience": "anyone_link", "who": ""},
    {"id": "f2", "name": "Plan.docx", "owner": "sato@example.co.jp", "link": "l2",
     "audience": "ext_named", "who": "kim@partner.example"},
]  # fmt: skip


class Tenant:
    """Two shared files."""

    items = len(FILES)

    def __init__(self, size: int = 0) -> None:
        self.size = size

    def respond(self, request: Request) -> Response:
        """Return the account or its files; 401 without the token."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status=401, body={})
        if request.path == "/account":
            return Response(body={"id": "box-1", "name": "Example", "domain": "example.co.jp"})
        return Response(body={"files": FILES})

    def expected_exposures(self) -> Iterator[ExpectedExposure]:
        """Yield both files."""
        for file in FILES:
            yield ExpectedExposure(
                item_id=file["id"],
                grant_id=file["link"],
                principal=file["who"],
                audience=Audience(file["audience"]),
                access=Access.VIEW,
            )


def table(url: str, folder: Path) -> dict[str, object]:
    """Return the configuration table that reads the account at `url`."""
    (folder / "box-token").write_text(TOKEN, encoding="utf-8")
    (folder / "box-token").chmod(0o600)
    return {"service": "box", "token": "file:box-token", "api_url": url}
