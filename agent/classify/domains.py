"""Mail domains. A domain includes its subdomains: mail.acme.example is acme.example."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated

from publicsuffixlist import PublicSuffixList
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_DOMAIN = re.compile(r"[^\s@./*]+(?:\.[^\s@./*]+)+")
_DECORATION = re.compile(r"(?:[@.]|\*\.)+")
_TENANT_PARENTS = frozenset(
    {
        "onmicrosoft.com",
        "mail.onmicrosoft.com",
        "onmicrosoft.us",
        "mail.onmicrosoft.us",
        "onmschina.cn",
        "partner.onmschina.cn",
        "mail.partner.onmschina.cn",
    }
)
"""Domains below which Microsoft gives every tenant one of its own. The public suffix list of
October 2026 does not have them.

Source: https://www.powershellgallery.com/packages/M365DomainMGMT/2.0.7/Content/get-onMicrosoft.ps1
(read 2026-11-29)
"""


def normalize_domain(domain: str) -> str:
    """Return a domain in the form that is compared: case-folded, without `@` and outer dots."""
    return domain.strip().lstrip("@").strip(".").casefold()


def is_public_suffix(domain: str) -> bool:
    """Return True if unrelated organizations have their domains directly below this one.

    `domain` is in the form of `normalize_domain`; an internationalised one may be in Unicode or in
    Punycode. True for suffixes of registries (`jp`, `co.jp`), for those of providers (`github.io`),
    and for the parents of Microsoft's tenant domains (`onmicrosoft.com`).
    """
    return domain in _TENANT_PARENTS or _suffixes().is_public(domain, accept_unknown=False)


def _validate_domain(value: str) -> str:
    """Return the domain in the form of `normalize_domain`.

    Width forms of Unicode and a leading `*.`, `@` or `.` are removed: a domain always counts with
    everything below it. Raise `PydanticCustomError` for what is no domain, and for a public
    suffix, which would stand for every organization below it.
    """
    text = unicodedata.normalize("NFKC", value).replace("\u3002", ".").strip()
    domain = normalize_domain(text[found.end() :] if (found := _DECORATION.match(text)) else text)
    if is_public_suffix(domain):
        raise PydanticCustomError(
            "public_suffix",
            "{domain} is a public suffix; write a domain of one organization like {example}",
            {"domain": domain, "example": _below(domain)},
        )
    if not _DOMAIN.fullmatch(domain):
        raise PydanticCustomError("domain", "is not a mail domain like example.co.jp")
    return domain


def _below(suffix: str) -> str:
    """Return an example of a domain below a suffix that is no suffix itself."""
    domain = f"example.{suffix}"
    return _below(domain) if is_public_suffix(domain) else domain


@cache
def _suffixes() -> PublicSuffixList:
    """Return the list as the package ships it; nothing is downloaded."""
    return PublicSuffixList()


Domain = Annotated[str, AfterValidator(_validate_domain)]
"""A mail domain in a configuration table."""


@cache
def consumer_domains() -> frozenset[str]:
    """Return the mail domains where anybody can have an address."""
    source = files("agent.classify").joinpath("consumer_domains.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(source)["domains"])


def matching_parent(domain: str, domains: Collection[str]) -> str | None:
    """Return the one of `domains` that `domain` is, or is a subdomain of; None if there is none."""
    return next((parent for parent in _domain_and_parents(domain) if parent in domains), None)


def first_matching(wanted: Iterable[str], domains: Collection[str]) -> str | None:
    """Return the first of `wanted` that is, or is below, one of `domains`, normalized."""
    return next(
        (normalize_domain(domain) for domain in wanted if matching_parent(domain, domains)), None
    )


def _domain_and_parents(domain: str) -> Iterator[str]:
    rest = normalize_domain(domain)
    while rest:
        yield rest
        rest = rest.partition(".")[2]
