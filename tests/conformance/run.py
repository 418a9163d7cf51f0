"""`make conformance`: runs ansible-core's integration targets with muster, and with the real runner to check the harness."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from threading import Lock

from runner.errors import RunnerError
from tests.conformance import outcome, scratch, table
from tests.conformance.container import Image, Inside, enter, throw_away
from tests.conformance.listed import LEVELS, LIST, Listed, helpers, listed
from tests.conformance.outcome import Outcome
from tests.conformance.runners import muster, reference
from tests.conformance.scratch import Runner
from tests.conformance.source import VERSION, Suite, default_cache, suite

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"


def say(text: str) -> None:
    """Write a line now, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Run what the words ask for; 0 when every core target that counts passed."""
    args = _arguments(words)
    known = listed(LIST)
    unknown = [name for name in args.targets if name not in known]
    if unknown:
        say(f"no such target in {LIST}: {' '.join(unknown)}")
        return 2
    fetched = suite(args.cache)
    names = args.targets or [name for name, each in known.items() if each.level in args.level]
    wanted = [known[name] for name in names if known[name].level]
    ours, real = _kept(args.cache / "muster.json"), _kept(args.cache / "reference.json")
    begun = datetime.now().isoformat(timespec="minutes")
    if not args.only_reference:
        ours = _run_all(wanted, fetched, muster(fetched, args.source), args)
    if args.reference or args.only_reference:
        real = _run_all([each for each in wanted if not (args.missing and each.name in real)], fetched, reference(fetched), args)
    pairs = _pairs(args.cache / "pairs.json", [each.name for each in wanted], ours, real, begun)
    for each in sorted(wanted, key=lambda each: each.name):
        say("{:<34}{:<18}{}".format(*table.line(each, ours.get(each.name), real.get(each.name))))
    for level in LEVELS:
        counted, passed = table.totals(level, {each.name: each for each in wanted}, ours, real)
        say(f"{level}: {passed} of {counted} passed")
    if args.write or not args.targets:
        versions = table.Versions(VERSION, version("muster-runner"), datetime.now().date())
        PAGE.write_text(table.page(known, ours, real, versions, pairs), encoding="utf-8")
        say(f"written: {PAGE}")
    counted, passed = table.totals("core", {each.name: each for each in wanted}, ours, real)
    return 0 if counted == passed else 1


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.run", description=__doc__)
    parser.add_argument("targets", nargs="*", help="only these (the page is then written only with --write)")
    parser.add_argument("--level", action="append", choices=LEVELS, help="only targets of this level; may be given several times")
    parser.add_argument("--reference", action="store_true", help="also run the real ansible-playbook: what it fails does not count")
    parser.add_argument("--missing", action="store_true", help="with --reference: run the real one only where it has no result yet")
    parser.add_argument("--only-reference", action="store_true", help="run nothing but the real ansible-playbook")
    parser.add_argument("--lab", action="store_true", help="also run targets that change their host, each in a container of its own")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="targets at the same time (default 2)")
    parser.add_argument("--deadline", type=float, default=300, help="seconds for one target (default 300)")
    parser.add_argument("--source", type=Path, help="run muster's code from this folder: an export of a commit, while files change")
    parser.add_argument("--write", action="store_true", help="write docs/conformance.md also for some targets")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the suite is kept (%(default)s)")
    args = parser.parse_args(words)
    args.level = tuple(args.level or LEVELS)
    return args


def _run_all(wanted: Iterable[Listed], fetched: Suite, runner: Runner, args: argparse.Namespace) -> dict[str, Outcome]:
    """Run targets and return the results of this and earlier runs; each is kept as soon as it is there."""
    file = args.cache / f"{runner.name}.json"
    results = _kept(file)
    keeping = Lock()

    def keep(found: Outcome) -> None:
        say(f"  {runner.name}: {found.target} {found.status} {found.seconds:g} s")
        with keeping:
            results[found.target] = found
            _keep(file, results)

    # the longest first, as far as is known, so that none is left running alone in the end
    wanted = sorted(wanted, key=lambda each: -results[each.name].seconds if each.name in results else 0.0)
    rough = [each for each in wanted if each.destructive or scratch.changes_host(each.name, fetched)]
    with ThreadPoolExecutor(max(1, args.jobs)) as pool:
        list(pool.map(lambda each: keep(_here(each, fetched, runner, args)), [each for each in wanted if each not in rough]))
    if rough and not args.lab:
        say(f"not run, since they change the host they run on (--lab runs them in containers): {' '.join(each.name for each in rough)}")
        return results
    if not rough:
        return results
    inside = Inside((args.source or PAGE.parents[1]).absolute(), args.cache.absolute(), Path(sys.prefix))
    with throw_away(inside) as image, ThreadPoolExecutor(max(1, args.jobs)) as pool:
        list(pool.map(lambda each: keep(_in_container(each.name, image, inside, runner, args)), rough))
    return results


def _here(each: Listed, fetched: Suite, runner: Runner, args: argparse.Namespace) -> Outcome:
    """Run a target on this machine. Raises NotHere when it would change it."""
    place = scratch.make(each.name, fetched, helpers(LIST), runner, each.destructive)
    return outcome.run(each.name, place, args.deadline, outcome.log_file(args.cache, runner.name, each.name))


def _in_container(target: str, image: Image, inside: Inside, runner: Runner, args: argparse.Namespace) -> Outcome:
    with image.container(target) as name:
        log = outcome.log_file(args.cache.absolute(), runner.name, target)
        words = [target, runner.name, f"--deadline={args.deadline:g}"]
        return Outcome(**json.loads(enter(name, inside, words, log, args.deadline + 60)))


def _pairs(
    path: Path, names: Iterable[str], ours: Mapping[str, Outcome], real: Mapping[str, Outcome], begun: str
) -> dict[str, tuple[float, float]]:
    """Keep and return the seconds of targets that both passed in one run; begun: when this one began."""
    kept: dict[str, tuple[float, float]] = json.loads(path.read_text()) if path.is_file() else {}
    for name in names:
        both = [each[name] for each in (ours, real) if name in each]
        if len(both) == 2 and all(each.status == "passed" and each.at >= begun for each in both):
            kept[name] = (both[0].seconds, both[1].seconds)
    path.write_text(json.dumps(kept, indent=1))
    return kept


def _kept(path: Path) -> dict[str, Outcome]:
    return {name: Outcome(**each) for name, each in json.loads(path.read_text()).items()} if path.is_file() else {}


def _keep(path: Path, results: dict[str, Outcome]) -> None:
    path.write_text(json.dumps({name: each.plain() for name, each in sorted(results.items())}, indent=1))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RunnerError as refused:
        sys.exit(f"{refused.message}\n{refused.found}\n{refused.remedy}".rstrip())
