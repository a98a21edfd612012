"""The ways out: each module with a `Settings` is a kind of sink, found by its name.

A sink carries what was judged; it never judges. What cannot be delivered waits in the outbox.
"""
