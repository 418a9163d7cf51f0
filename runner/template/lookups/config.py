"""The lookup config: settings of the runner."""

from typing import Any

from runner.template.lookup import LookupContext, LookupFailed


def run(
    terms: list[Any],
    context: LookupContext,
    on_missing: str = "error",
    plugin_type: str | None = None,
    plugin_name: str | None = None,
    show_origin: bool = False,
) -> list[Any]:
    """Return the value of each setting. on_missing: error, warn or skip."""
    if on_missing not in ("error", "warn", "skip"):
        raise LookupFailed(f'"on_missing" must be a string and one of "error", "warn" or "skip", not {on_missing}')
    result = []
    for term in terms:
        try:
            result.append(context.hooks.setting(str(term), {"plugin_type": plugin_type, "plugin_name": plugin_name}))
        except KeyError as error:
            told = f"Unable to find setting {term}"
            if on_missing == "error":
                raise LookupFailed(told) from error
            if on_missing == "warn":
                context.warn(f"Skipping, did not find setting {term}")
    return result
