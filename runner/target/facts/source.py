"""Text of small files for facts: what cannot be read is simply not known."""


def text(system, path, default=""):
    """Return the stripped text of a file, or `default` when it is missing, unreadable or empty."""
    try:
        return system.read_text(path).strip() or default
    except OSError:
        return default


def names(system, path):
    """Return the sorted names in a directory, none when it cannot be listed."""
    try:
        return system.listdir(path)
    except OSError:
        return []


def link_name(system, path):
    """Return the last part of what a symlink points to, or None."""
    try:
        return system.readlink(path).rstrip("/").rpartition("/")[2]
    except OSError:
        return None


def pairs(content):
    """Return KEY=value lines (os-release(5), lsb-release) as a dictionary, quotes removed."""
    found = {}
    for line in content.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            found[key] = value.strip().strip("\"'")
    return found
