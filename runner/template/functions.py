"""The functions an expression can call: lookup, query, q, now, undef, range, dict."""

from datetime import UTC, datetime
from typing import Any

from jinja2 import pass_context

from runner.errors import TemplateError
from runner.template.context import Context
from runner.template.lookup import as_lookup_value
from runner.template.undefined import Undefined


@pass_context
def lookup(context: Context, name: str, /, *terms: Any, wantlist: bool = False, **options: Any) -> Any:
    """Return what the lookup `name` finds for the terms: texts joined by commas, one value, or with wantlist a list."""
    rendering = context.rendering
    return as_lookup_value(rendering.room.lookups.run(name, list(terms), rendering, options), wantlist)


@pass_context
def query(context: Context, name: str, /, *terms: Any, wantlist: bool = True, **options: Any) -> Any:
    """Return what the lookup `name` finds for the terms, as a list."""
    rendering = context.rendering
    return as_lookup_value(rendering.room.lookups.run(name, list(terms), rendering, options), wantlist)


def now(utc: bool = False, fmt: str | None = None) -> Any:
    """Return the time now, local or UTC, as a datetime, or as text in the given strftime format."""
    moment = datetime.now(UTC).replace(tzinfo=None) if utc else datetime.now()
    return moment.strftime(fmt) if fmt else moment


def undef(hint: str | None = None) -> Undefined:
    """Return an undefined value: using it fails with the hint as message."""
    if hint == "":
        raise TemplateError("the hint of undef() cannot be empty")
    return Undefined(hint=hint or "Mandatory variable has not been overridden")


FUNCTIONS = {"lookup": lookup, "query": query, "q": query, "now": now, "undef": undef, "range": range, "dict": dict}
