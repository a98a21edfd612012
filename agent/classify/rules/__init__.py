"""The rules, one module for each family. They know no vendor; `registry` finds them all."""
