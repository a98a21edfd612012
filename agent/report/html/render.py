"""Render HTML pages from templates, with names escaped and scripts allowed by hash only."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, TextIO

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from agent.report.summary import pluralized
from agent.text import Text
from agent.text.localize import format_number
from agent.text.terminal_safe import terminal_safe


def render(file: TextIO, template: str, text: Text, **content: Any) -> None:
    """Render a template of this folder into a file, one chunk at a time."""

    def said(key: str, **values: object) -> str:
        return text.say(f"report.{key}", **values)

    def numbered(key: str, count: int) -> str:
        return pluralized(text, f"report.{key}", count)

    style, script = _resource("page.css"), _resource("page.js")
    page = _environment().get_template(template)
    stream = page.stream(
        language=text.language,
        say=said,
        counted=numbered,
        style=Markup(style),  # noqa: S704 -- our own file
        script=Markup(script),  # noqa: S704 -- our own file
        allowed=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        **content,
    )
    stream.enable_buffering(200)
    for chunk in stream:
        file.write(chunk)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_escape_name,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = format_number
    environment.filters["day"] = _day
    environment.filters["moment"] = _moment
    environment.tests["web"] = _is_web
    return environment


def _escape_name(value: object) -> object:
    """Escape a name: no markup, no bidirectional overrides, no invisible characters."""
    return (
        terminal_safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value
    )


def _is_web(value: str) -> bool:
    return value.startswith("https://")


def _day(when: datetime) -> str:
    return when.astimezone().strftime("%Y-%m-%d")


def _moment(when: datetime) -> str:
    """Return a time as local clocks show it."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M %z")


@cache
def _resource(name: str) -> str:
    return (files("agent.report.html") / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
