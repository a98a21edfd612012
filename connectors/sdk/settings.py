"""The types that a connector's configuration table is made of."""

from __future__ import annotations

import re
from typing import Annotated, LiteralString

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

KINDS = ("file", "env", "keyring", "dpapi", "certstore")
_REFERENCE = re.compile(rf"(?:{'|'.join(KINDS)}):.+", re.DOTALL)


class Table(BaseModel):
    """A TOML table: no unknown key, no silent conversion, no value repeated in an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def refused(sentence: LiteralString, **values: object) -> PydanticCustomError:
    """What a validator raises: the sentence that says what is wrong; `{place}` is filled later."""
    return PydanticCustomError(sentence, sentence, values)


def _reference(value: str) -> str:
    if value and not _REFERENCE.fullmatch(value):
        raise refused("sdk.plain_secret", kinds=", ".join(f"{kind}:" for kind in KINDS))
    return value


def _https(value: str) -> str:
    if value and not value.lower().startswith("https://"):
        raise refused("sdk.not_https")
    return value.rstrip("/")


SecretRef = Annotated[str, AfterValidator(_reference)]
"""Where a secret lies, never the secret: `file:PATH`, `env:NAME`, `keyring:NAME` ..."""

HttpsUrl = Annotated[str, AfterValidator(_https)]
"""An address that is reached over TLS; a trailing slash is dropped. Empty means: the default."""
