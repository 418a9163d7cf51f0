"""The lookup cartesian: the same as nested, under the name of community.general."""

from runner.template.lookups.nested import run

__all__ = ["run"]
