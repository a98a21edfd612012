"""Mail domains. A domain counts with everything below it: mail.acme.example is acme.example."""

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
    """A domain in the form in which it is compared."""
    return domain.strip().lstrip("@").strip(".").casefold()


def _domain(value: str) -> str:
    """Refuse what would count for a whole country: `jp` is no domain of anybody."""
    domain = plain(value)
    if not _DOMAIN.fullmatch(domain):
        raise PydanticCustomError("domain", "is not a mail domain like example.co.jp")
    return domain


Domain = Annotated[str, AfterValidator(_domain)]
"""A mail domain in a configuration table."""


@cache
def consumer_domains() -> frozenset[str]:
    """Where anybody can have an address."""
    source = files("agent.classify").joinpath("consumer_domains.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(source)["domains"])


def within(domain: str, domains: Collection[str]) -> str | None:
    """The one of the domains that this domain is, or lies below."""
    return next((parent for parent in _and_parents(domain) if parent in domains), None)


def first_within(wanted: Iterable[str], domains: Collection[str]) -> str | None:
    """The first of the wanted domains that is one of them, or lies below one, in its plain form."""
    return next((plain(domain) for domain in wanted if within(domain, domains)), None)


def _and_parents(domain: str) -> Iterator[str]:
    rest = plain(domain)
    while rest:
        yield rest
        rest = rest.partition(".")[2]
