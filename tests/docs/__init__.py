"""The documentation is true: its pages, its links, its sentences, its commands."""
