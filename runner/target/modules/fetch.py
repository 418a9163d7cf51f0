"""Sends a file of the host to the control machine; the fetch action asks for it."""

import hashlib
import io

from runner.target.decision import ModuleFailed

ARGUMENTS = {
    "type": "object",
    "properties": {"src": {"type": "string", "format": "path", "description": "The file to send."}},
    "required": ["src"],
}
RETURNS = {"checksum": "SHA-1 of what was sent", "size": "bytes"}
EXAMPLES = """
- fetch: {src: /etc/machine-id, dest: collected/}
"""


class Counted(io.RawIOBase):
    """A file that is read once and knows the checksum of what was read."""

    def __init__(self, file):
        super().__init__()
        self.file = file
        self.state = hashlib.sha1()
        self.size = 0

    def readable(self):
        """Yes."""
        return True

    def read(self, size=-1):
        """Return the next bytes."""
        data = self.file.read(size)
        self.state.update(data)
        self.size += len(data)
        return data


def run(args, system):
    """Send the file; the checksum is of the very bytes sent, also when the file grows meanwhile."""
    try:
        with system.open(args["src"]) as file:
            counted = Counted(file)
            system.send_blob(counted)
    except FileNotFoundError:
        raise ModuleFailed("the remote file does not exist, not transferring", file=args["src"])
    except (PermissionError, IsADirectoryError) as error:
        raise ModuleFailed("remote file is not readable: %s" % error.strerror, file=args["src"])
    return {"checksum": counted.state.hexdigest(), "size": counted.size}
