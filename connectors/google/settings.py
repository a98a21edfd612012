"""Settings of a Google Workspace: the table that the administrator writes."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.google import permissions as app
from connectors.sdk.config import HttpsUrl, SecretRef, StrictTable, validation_error

HOSTS = (
    "https://oauth2.googleapis.com",
    "https://www.googleapis.com",
    "https://admin.googleapis.com",
)
_EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+$"


class Settings(StrictTable):
    """Settings of one Workspace.

    Either `service_account` (domain-wide delegation, whole tenant) or `oauth_client` (what one user
    owns) is set.

    Raises:
        ValidationError: Both or none of the two are set, or a value has the wrong form.
    """

    service: Literal["google"] = Field(
        default="google", description="Which connector reads this table."
    )
    service_account: SecretRef = Field(
        default="",
        description="Where the JSON key of the service account lies: file:PATH, keyring:NAME ... "
        "Without a key: a credentials file of gcloud or of workload identity federation, "
        "together with impersonate.",
        examples=["file:service-account.json"],
    )
    impersonate: str = Field(
        default="",
        description="The address of the service account whose signature Google gives to the "
        "holder of those credentials, so that no key exists.",
        examples=["audit@example-project.iam.gserviceaccount.com"],
    )
    oauth_client: SecretRef = Field(
        default="",
        description="Instead of a service account: the client of a desktop app. Then admin_user "
        "signs in with a browser, and only what this user owns is read.",
    )
    admin_user: str = Field(
        pattern=_EMAIL_PATTERN,
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
    group_settings: bool = Field(
        default=True,
        description="Read who may find, join and read each group. Google offers no permission "
        "for it that only reads; false leaves it out as a standing blind spot.",
    )
    policies: bool = Field(
        default=True,
        description="Read the sharing settings of Drive and Groups for each organisational unit.",
    )
    drive_labels: bool = Field(
        default=False,
        description="Also ask which labels open files carry, those of rules against data loss "
        "included: a call for each of them. [policy.labels] says what a label means, by its id, "
        "or a choice of it, by <label id>/<choice id>.",
    )
    published_revisions: Literal["all", "off"] = Field(
        default="all",
        description="Read which Docs, Sheets, Slides and drawings are published to the web, which "
        "no permission shows: 5 quota units for each, 100 in one call; off leaves it out as a "
        "standing blind spot.",
    )
    full_every_days: int = Field(
        default=7,
        ge=0,
        description="After so many days a Drive is read as a whole again and not only what has "
        "changed; 0: always as a whole.",
    )

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if bool(self.service_account) == bool(self.oauth_client):
            raise validation_error("google.one_credential")
        return self

    @property
    def required_permissions(self) -> tuple[tuple[str, ...], ...]:
        """The OAuth scopes that this configuration needs, one group for each kind of token."""
        if self.oauth_client:
            return (app.FILES,)
        listed = () if self.shared_drives else (app.DRIVES,)
        group_settings = (app.GROUP_SETTINGS,) if self.group_settings else ()
        policies = (app.POLICIES, app.TRUSTED, app.UNITS) if self.policies else ()
        return (app.DIRECTORY, app.FILES, *listed, *group_settings, *policies)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The base URLs that a scan connects to; only `api_url` if it is set."""
        return (self.api_url,) if self.api_url else HOSTS
