"""The configuration file, without the tables of connectors and sinks, which check their own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.classify.policy import OrganizationConfig, PolicyConfig
from connectors.sdk.config import StrictTable


class AgentTable(StrictTable):
    """`[agent]`: how this program runs."""

    language: Annotated[
        Literal["auto", "en", "ja"],
        Field(description="The language of all output: auto takes that of the environment."),
    ] = "auto"
    state: Annotated[
        str,
        Field(
            description="A folder for tojimari.db (default: the data folder), "
            "or postgresql+psycopg://..."
        ),
    ] = ""
    output: Annotated[
        str, Field(description="Where run folders go (default: runs/ beside the state).")
    ] = ""
    workers: Annotated[
        int, Field(ge=1, le=64, description="Scopes of one tenant that are read at the same time.")
    ] = 16


class NetworkTable(StrictTable):
    """`[network]`: trust store and proxy of all connectors and sinks."""

    ca_bundle: Annotated[
        str, Field(description="A PEM file; default: the operating system's trust store.")
    ] = ""
    proxy: Annotated[
        str, Field(description="http://host:port; default: the proxy of the environment.")
    ] = ""


class ReportTable(StrictTable):
    """`[report]`: further files of a run folder, and the form of its CSV files."""

    formats: Annotated[
        list[Literal["html", "jsonl", "xlsx"]],
        Field(
            description="Besides the CSV files: html (one page for people), jsonl (for programs), "
            'xlsx (needs pip install "tojimari[xlsx]").'
        ),
    ] = Field(default=["html"])
    redact_names: Annotated[
        bool,
        Field(
            description="Write short hashes for the names of people, files and places, "
            "in files and events alike."
        ),
    ] = False
    encoding: Annotated[
        Literal["utf-8", "cp932"],
        Field(
            description="Of the CSV files. cp932 is for old Japanese tools; "
            "what it does not hold becomes 〓 and is counted."
        ),
    ] = "utf-8"
    header: Annotated[
        Literal["names", "en", "ja"],
        Field(description="The first line of the CSV files: names of columns, or words."),
    ] = "names"
    excel_split: Annotated[
        bool, Field(description="Begin a new CSV file after 1,000,000 rows, for Excel's limit.")
    ] = False


class Config(StrictTable):
    """The configuration file."""

    agent: AgentTable = AgentTable()
    organization: OrganizationConfig = OrganizationConfig()
    network: NetworkTable = NetworkTable()
    connectors: Annotated[
        dict[str, dict[str, object]],
        Field(description="The tenants to read; the name is yours, `service` defaults to it."),
    ] = Field(default_factory=dict[str, dict[str, object]])
    policy: PolicyConfig = PolicyConfig()
    report: ReportTable = ReportTable()
    sinks: Annotated[
        dict[str, dict[str, object]],
        Field(description="Where findings are delivered; the name is yours."),
    ] = Field(default_factory=dict[str, dict[str, object]])
