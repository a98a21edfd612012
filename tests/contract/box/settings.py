"""The configuration of Box, the right that it asks for, and its way to sign in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.sdk.config import HttpsUrl, SecretRef, StrictTable
from connectors.sdk.message import say
from connectors.sdk.permissions import Permission, SignInMethod


class Settings(StrictTable):
    """The table `[connectors.box]`."""

    service: Literal["box"] = Field(default="box", description="The service.")
    token: SecretRef = Field(description="The token of the app.", examples=["env:BOX_TOKEN"])
    api_url: HttpsUrl = Field(default="https://api.box.example", description="The API.")


PERMISSIONS = (
    Permission(name="files.read", why=say("box.why"), consequence=say("box.lost"), minimal=True),
)
SIGN_INS = (SignInMethod(title=say("box.by_token"), keys={"token": "env:BOX_TOKEN"}),)
