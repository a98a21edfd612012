"""What the administrator writes to connect a Google Workspace."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.sdk.settings import HttpsUrl, SecretRef, Table


class Settings(Table):
    """One Workspace, read by a service account with domain-wide delegation."""

    service: Literal["google"] = Field(
        default="google", description="Which connector reads this table."
    )
    service_account: SecretRef = Field(
        min_length=1,
        description="Where the JSON key of the service account lies: file:PATH, keyring:NAME ...",
        examples=["file:service-account.json"],
    )
    admin_user: str = Field(
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="The administrator whose rights list users, groups and shared drives.",
        examples=["audit-admin@example.co.jp"],
    )
    api_url: HttpsUrl = Field(
        default="", description="One base instead of every Google host, for tests and gateways."
    )
    shared_drives: list[str] = Field(
        default=[],
        description="The ids of the shared drives to read where the app lacks drive.readonly, "
        "the only permission that can list them.",
    )
