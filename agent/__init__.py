"""The agent: collects what connectors state, judges it, reports and delivers."""

__version__ = "0.1.0"
