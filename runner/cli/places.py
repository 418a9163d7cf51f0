"""Where modules and plugins of others are looked for, from the settings and options."""

import argparse
import sys

from runner.foreign.places import Places
from runner.parse.settings import Settings


def places_of(args: argparse.Namespace, settings: Settings) -> Places:
    """Return where modules and plugins of others are looked for."""
    given = [folder for each in vars(args).get("module_path") or () for folder in str(each).split(":") if folder]
    kinds = ("filter", "test", "lookup", "action", "callback", "inventory", "connection", "vars")
    package = [settings.ansible_package] if settings.ansible_package else []
    return Places(
        python=(*package, *(each for each in sys.path if each)),
        library=(*given, *settings.library),
        module_utils=tuple(settings.module_utils),
        plugins={kind: tuple(getattr(settings, f"{kind}_plugins")) for kind in kinds},
        collections=tuple(settings.collections_path),
    )
