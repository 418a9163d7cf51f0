"""The Python that runs the modules."""

import importlib.util
import sys


def collect(system):
    """Return python."""
    version = sys.version_info
    names = ("major", "minor", "micro", "releaselevel", "serial")
    return {
        "python": {
            "version": {name: getattr(version, name) for name in names},
            "version_info": list(version),
            "executable": sys.executable,
            "has_sslcontext": importlib.util.find_spec("_ssl") is not None,
            "type": sys.implementation.name,
        }
    }
