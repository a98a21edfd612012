"""The rules, a module a family. They never know a vendor; `registry.catalogue` finds them all."""
