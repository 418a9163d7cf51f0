"""The host's own facts: *.fact files in facts.d, JSON, INI, or programs that write either."""

import configparser
import json

from runner.target.facts.source import names


def collect(system, folder, limit):
    """Return local: the name of each file -> its content. folder: where they lie; limit: seconds a program may run.

    A file that cannot be used is a warning, and its value says why.
    """
    facts = {}
    for name in names(system, folder) if folder else []:
        path = folder.rstrip("/") + "/" + name
        if name.endswith(".fact") and not system.is_dir(path):
            value, problem = read(system, path, limit)
            if problem:
                system.warn(problem)
            facts[name[: -len(".fact")]] = problem or value
    return {"local": facts}


def read(system, path, limit):
    """Return (value, problem) of one file; one of them is None."""
    status = system.stat(path)
    if status is None:
        return None, "Could not stat fact (%s): it is a symlink to nothing" % path
    if status.st_mode & 0o111:
        try:
            done = system.run([path], timeout=limit)
        except OSError as error:
            return None, "Could not execute fact script (%s): %s" % (path, error)
        if done.rc != 0:
            return None, "Failure executing fact script (%s), rc: %s, err: %s" % (path, done.rc, done.err)
        return parsed(done.out, path)
    try:
        return parsed(system.read_text(path), path)
    except OSError as error:
        return None, "error reading facts file %s: %s" % (path, error)


def parsed(content, path):
    """Return (value, problem) of a text that is JSON or INI."""
    try:
        return json.loads(content), None
    except ValueError:
        pass
    parser = configparser.ConfigParser()
    try:
        parser.read_string(content)
    except configparser.Error:
        return None, "error loading facts as JSON or ini - please check content: %s" % path
    try:
        return {section: dict(parser.items(section)) for section in parser.sections()}, None
    except configparser.InterpolationError as error:
        return None, "error loading facts as ini - please check content: %s (%s)" % (path, " ".join(str(error).split()))
