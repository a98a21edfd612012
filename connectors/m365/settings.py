"""The configuration of this connector, under `[connectors.<name>]`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.sdk.config import HttpsUrl, SecretRef, StrictTable, validation_error

Cloud = Literal["global", "usgov", "usgov_dod", "china"]

HOSTS: dict[Cloud, tuple[str, str]] = {
    "global": ("https://login.microsoftonline.com", "https://graph.microsoft.com/v1.0"),
    "usgov": ("https://login.microsoftonline.us", "https://graph.microsoft.us/v1.0"),
    "usgov_dod": ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us/v1.0"),
    "china": ("https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/v1.0"),
}
"""The sign-in host and the root of Graph of each national cloud.

Tokens of one cloud are not valid in another.

Source: https://learn.microsoft.com/en-us/graph/deployments (read 2026-11-29)
"""


class Settings(StrictTable):
    """The settings of one Microsoft 365 tenant."""

    service: Literal["m365"] = Field("m365", description="The kind of service: m365.")
    tenant_id: str = Field(
        min_length=1,
        description="Directory (tenant) ID, from the app's overview page in Entra.",
        examples=["00000000-0000-0000-0000-000000000000"],
    )
    client_id: str = Field(
        min_length=1,
        description="Application (client) ID, from the app's overview page in Entra.",
        examples=["00000000-0000-0000-0000-000000000000"],
    )
    certificate: SecretRef = Field(
        "",
        description="Where the app's private key and certificate lie: a PEM that holds both, a "
        "PFX, or certstore: for a key that never leaves the store of Windows. Either this or "
        "client_secret.",
        examples=["file:tojimari.pem"],
    )
    certificate_password: SecretRef = Field(
        "", description="Where the password of the PEM or PFX lies, if it has one."
    )
    client_secret: SecretRef = Field(
        "", description="Where the app's client secret lies. Either this or certificate."
    )
    sign_in: Literal["app", "device_code"] = Field(
        "app",
        description="Who signs in: the app itself, or for a trial a person who types a code "
        "(device_code). A person's scan sees only what that person can open.",
    )
    sites: list[HttpsUrl] = Field(
        default_factory=list,
        description="Addresses of the only sites to read; empty: all that can be listed.",
        examples=[["https://example.sharepoint.com/sites/press"]],
    )
    cloud: Cloud = Field("global", description="The national cloud of the tenant.")
    quota_share: float = Field(
        0.8,
        gt=0,
        le=1,
        description="The share of the tenant's Graph quota that this program may use up.",
    )
    full_every_days: int = Field(
        7,
        ge=1,
        description="After so many days a library is read from the start again; in between, only "
        "what changed is read.",
    )
    sharepoint_details: bool = Field(
        False,
        description="Also ask SharePoint itself who is in its groups, when and by whom links to "
        "outsiders were made, and the tenant's link settings. Needs a certificate and the "
        "permission Sites.FullControl.All of the API SharePoint.",
    )
    sensitivity_labels: bool = Field(
        False,
        description="Also ask which sensitivity labels open files carry: a call for each of them. "
        "[policy.labels] says what a label means, by its id.",
    )
    login_url: HttpsUrl = Field(
        "", description="Sign in here instead of at the cloud's own address (gateways, tests)."
    )
    graph_url: HttpsUrl = Field(
        "", description="The root of Graph, version included, instead of the cloud's own address."
    )
    sharepoint_url: HttpsUrl = Field(
        "", description="Reach every SharePoint host here instead (gateways, tests)."
    )

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        """Raise a validation error unless there is exactly one credential for the sign-in."""
        given = bool(self.certificate) + bool(self.client_secret)
        if given != (self.sign_in == "app"):
            raise validation_error("m365.one_credential")
        if self.sharepoint_details and not self.certificate:
            raise validation_error("m365.details_need_certificate")
        return self

    @property
    def uses_cert_store(self) -> bool:
        """Whether the private key stays in a certificate store, which signs with it."""
        return self.certificate.startswith("certstore:")

    @property
    def authority(self) -> str:
        """The URL of the authority that issues tokens for this tenant."""
        return f"{self.login_url or HOSTS[self.cloud][0]}/{self.tenant_id}"

    @property
    def audience(self) -> str:
        """The OAuth scope of a token for Graph: that of the cloud, also behind a gateway."""
        return HOSTS[self.cloud][1].removesuffix("/v1.0") + "/.default"

    @property
    def graph_root(self) -> str:
        """The root URL of Graph, version included; every path is appended to it."""
        return self.graph_url or HOSTS[self.cloud][1]
