"""What an administrator may write about a sink."""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import GenericAlias
from typing import Any

import pytest
from pydantic import ValidationError, create_model

from agent.sinks import csv, webhook
from agent.sinks.config import open_sink, sink_config_union, sink_types
from connectors.sdk.config import StrictTable

from .conftest import Purse

FIELD: Any = (GenericAlias(dict, (str, sink_config_union())), ...)
ROOT: Any = create_model("Root", __base__=StrictTable, sinks=FIELD)
ROOT_FOLDER = Path(__file__).parents[3]
WEBHOOK = {"type": "webhook", "url": "https://siem.example/hook?sig=x", "secret": "env:S"}


def read(sink):
    return ROOT.model_validate({"sinks": {"siem": sink}}).sinks["siem"]


def test_a_kind_is_a_module_with_settings():
    assert set(sink_types()) == {
        "csv", "elastic", "jsonl", "sentinel", "splunk_hec", "syslog", "webhook",
    }  # fmt: skip
    for name, module in sink_types().items():
        assert module.Settings.model_fields["type"].annotation.__args__ == (name,)


def test_the_type_tells_which_table_is_meant():
    assert isinstance(read(WEBHOOK), webhook.Settings)
    assert isinstance(read({"type": "csv"}), csv.Settings)
    with pytest.raises(ValidationError):
        read({"type": "carrier pigeon"})


def test_files_take_no_events_and_a_webhook_does():
    assert open_sink(read({"type": "csv"}), Purse()) is None
    sink = open_sink(read(WEBHOOK | {"events_per_request": 7}), Purse())
    assert sink is not None
    assert (sink.name, sink.max_events) == ("siem", 7)


@pytest.mark.parametrize(
    "url",
    [
        "https://siem.example/x?sig=y",
        "https://[::1]:8443/",
        "http://127.0.0.1:8080/x",
        "http://127.9.9.9/x",
        "http://[::1]/x",
        "http://LOCALHOST:1/x",
    ],
)
def test_https_and_this_machine_are_allowed_and_kept_as_written(url):
    assert read(WEBHOOK | {"url": url}).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "siem.example",
        "http://siem.example/canary",
        "http://10.0.0.1/canary",
        "http://localhost.example/canary",
        "http://127.0.0.1.example/canary",
        "http://127.0.0.1@siem.example/canary",
        "https://user:canary@siem.example/",
        "https:///canary",
        "https://siem.example:port/canary",
        "https://siem.example/\ncanary",
        "file:///etc/canary",
    ],
)
def test_any_other_address_is_refused_without_repeating_it(url):
    with pytest.raises(ValidationError) as caught:
        read(WEBHOOK | {"url": url})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whsec_plain"},
        {"secret": ""},
        {"headers": {"Authorization": "Bearer plain"}},
        {"headers": {"Authorization": ""}},
        {"headers": {"webhook-id": "env:X"}},
        {"headers": {"Content-Type": "env:X"}},
        {"headers": {"a b": "env:X"}},
        {"events_per_request": 0},
        {"events_per_request": "250"},
        {"colour": "red"},
    ],
)
def test_plain_secrets_our_own_headers_and_unknown_keys_are_refused(wrong):
    with pytest.raises(ValidationError):
        read(WEBHOOK | wrong)


@pytest.mark.parametrize("kind", sink_types())
def test_every_kind_has_a_page_whose_example_is_understood(kind):
    page = (ROOT_FOLDER / f"docs/sinks/{kind}.md").read_text(encoding="utf-8")
    table = tomllib.loads(page.split("```toml\n")[1].split("```")[0])
    (sink,) = table["sinks"].values()
    assert read(sink).type == kind
