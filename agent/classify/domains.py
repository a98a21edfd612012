"""Compare mail domains. A domain includes its subdomains: mail.acme.example is acme.example."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_DOMAIN = re.compile(r"[^\s@./]+(?:\.[^\s@./]+)+")


def plain(domain: str) -> str:
    """Return a domain without white space, "@" and dots at its ends, case-folded."""
    return domain.strip().lstrip("@").strip(".").casefold()


def _domain(value: str) -> str:
    """Return the domain in the form in which it is compared.

    Raise `PydanticCustomError` if it has no dot: `jp` would stand for a whole country.
    """
    domain = plain(value)
    if not _DOMAIN.fullmatch(domain):
        raise PydanticCustomError("domain", "is not a mail domain like example.co.jp")
    return domain


Domain = Annotated[str, AfterValidator(_domain)]
"""A mail domain in a configuration table."""


@cache
def consumer_domains() -> frozenset[str]:
    """Return the domains of public mail providers, where anyone can get an address."""
    source = files("agent.classify").joinpath("consumer_domains.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(source)["domains"])


def within(domain: str, domains: Collection[str]) -> str | None:
    """Return the first of `domains` that equals this domain or is a parent of it, else None."""
    return next((parent for parent in _and_parents(domain) if parent in domains), None)


def first_within(wanted: Iterable[str], domains: Collection[str]) -> str | None:
    """Return the first wanted domain that is in `domains` or below one, normalized, else None."""
    return next((plain(domain) for domain in wanted if within(domain, domains)), None)


def _and_parents(domain: str) -> Iterator[str]:
    rest = plain(domain)
    while rest:
        yield rest
        rest = rest.partition(".")[2]
