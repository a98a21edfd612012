"""The configuration table of one Salesforce organization."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from connectors.sdk.config import HttpsUrl, SecretRef, StrictTable, validation_error


class Settings(StrictTable):
    """One organization, and the external client app that signs in to it."""

    service: Literal["salesforce"] = Field(
        default="salesforce", description="The kind of service that this table configures."
    )
    login_url: HttpsUrl = Field(
        min_length=1,
        description="The My Domain address; /services/oauth2/token lies below it. "
        "Setup > My Domain shows it.",
        examples=["https://example.my.salesforce.com"],
    )
    consumer_key: str = Field(
        default="",
        description="The consumer key of the connected or external client app.",
        examples=["3MVG9…"],
    )
    username: str = Field(
        default="",
        description="The audit user that a signed token request names (with private_key).",
        examples=["audit@example.co.jp"],
    )
    private_key: SecretRef = Field(
        default="",
        description="The RSA key (PEM) whose certificate was uploaded to the app.",
        examples=["file:salesforce.key"],
    )
    consumer_secret: SecretRef = Field(
        default="",
        description="Instead of username and private_key: the secret of an app whose client "
        "credentials flow runs as the audit user.",
    )
    access_token: SecretRef = Field(
        default="",
        description="Instead of an app, for an audit that is made once: an access token (session "
        "id) of the audit user, as the Salesforce CLI shows it. It ends after some hours.",
    )
    api_reserve: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="The share of the organization's daily API calls that is left to others.",
    )

    verify: bool = Field(
        default=False,
        description="Let `tojimari verify` ask the organization's own public sites, as a visitor "
        "who is not signed in, how many records they show. Each host is confirmed anew.",
    )

    @model_validator(mode="after")
    def _exactly_one_credential(self) -> Self:
        """Raise a validation error unless exactly one credential is configured."""
        by_app = bool(self.username and self.private_key), bool(self.consumer_secret)
        if (*by_app, bool(self.access_token)).count(True) != 1:
            raise validation_error("salesforce.one_credential")
        if any(by_app) != bool(self.consumer_key):
            raise validation_error("salesforce.stray_consumer_key")
        return self
