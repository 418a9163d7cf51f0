"""The environment of the task."""


def collect(system):
    """Return env."""
    return {"env": {str(key): str(value) for key, value in system.environ.items()}}
