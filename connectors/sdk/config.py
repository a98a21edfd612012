"""The types of a connector's configuration table."""

from __future__ import annotations

import re
from typing import Annotated, LiteralString

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

SECRET_KINDS = ("file", "env", "keyring", "dpapi", "certstore")
_REFERENCE = re.compile(rf"(?:{'|'.join(SECRET_KINDS)}):.+", re.DOTALL)


class StrictTable(BaseModel):
    """A TOML table without unknown keys and conversions; its errors repeat no value."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def validation_error(sentence: LiteralString, **values: object) -> PydanticCustomError:
    """Return the exception of a validator: the key of its message; `{place}` is filled in later."""
    return PydanticCustomError(sentence, sentence, values)


def _validate_reference(value: str) -> str:
    if value and not _REFERENCE.fullmatch(value):
        raise validation_error(
            "sdk.plain_secret", kinds=", ".join(f"{kind}:" for kind in SECRET_KINDS)
        )
    return value


def _validate_https(value: str) -> str:
    if value and not value.lower().startswith("https://"):
        raise validation_error("sdk.not_https")
    return value.rstrip("/")


SecretRef = Annotated[str, AfterValidator(_validate_reference)]
"""A reference to a secret, never the secret: `file:PATH`, `env:NAME`, `keyring:NAME` ..."""

HttpsUrl = Annotated[str, AfterValidator(_validate_https)]
"""A URL with https; a trailing slash is removed. Empty: the default."""
