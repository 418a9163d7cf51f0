"""Runs one target that changes its host, inside a throw-away container: `python -m tests.conformance.inside TARGET RUNNER`."""

import argparse
import json
import sys
from pathlib import Path

from tests.conformance import outcome, scratch
from tests.conformance.listed import LIST, helpers
from tests.conformance.runners import muster, reference
from tests.conformance.source import suite


def main(words: list[str]) -> int:
    """Run the target and print its outcome as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("runner", choices=("muster", "reference"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--deadline", type=float, default=300)
    args = parser.parse_args(words)
    fetched = suite(args.cache)
    runner = reference(fetched) if args.runner == "reference" else muster(fetched, Path.cwd())
    place = scratch.make(args.target, fetched, helpers(LIST), runner)
    found = outcome.run(args.target, place, args.deadline, outcome.log_file(args.cache, runner.name, args.target))
    sys.stdout.write(json.dumps(found.plain()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
