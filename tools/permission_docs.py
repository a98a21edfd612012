"""What every connector asks of an administrator, as `docs/permissions.md`.

`python -m tools.permission_docs > docs/permissions.md` writes the page, with `ja` behind it the
Japanese one; a test keeps both true.
"""

from __future__ import annotations

import sys

from agent.text import Text
from connectors.sdk.services import load_service, services


def render_permissions_page(language: str) -> str:
    """The whole page: a table a service."""
    text = Text(language)
    ending = "ja.md" if language == "ja" else "md"
    lines = [text.say("permissions.head")]
    for service in services():
        name = text.say(f"{service}.name")
        path = f"connectors/{service}.{ending}"
        lines += ["", f"## {name}", ""]
        lines += [text.say("permissions.columns"), "|---|---|---|", *_rows(service, text)]
        lines += ["", text.say("permissions.page", service=name, page=path)]
    return "\n".join(lines) + "\n"


def _rows(service: str, text: Text) -> list[str]:
    permissions = load_service(service).PERMISSIONS
    minimal = text.say("permissions.minimal")
    return [
        f"| `{p.name}`{minimal if p.minimal else ''} | {text.render(p.why)} |"
        f" {text.render(p.consequence)} |"
        for p in permissions
    ]


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    sys.stdout.write(render_permissions_page(*sys.argv[1:] or ("en",)))
