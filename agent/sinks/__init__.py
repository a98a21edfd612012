"""Sinks: deliver events to a SIEM, a webhook, a syslog receiver or a folder.

Each module of this package with a class `Settings` is a type of sink; the module's name is the
`type` in its configuration table. An event that cannot be delivered stays in the outbox.
"""
