"""What `--list-hosts`, `--list-tasks` and `--list-tags` print."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from runner.cli.assemble import Kit, limit_words
from runner.execute.rendered import loosely
from runner.execute.session import PlaySession, Run
from runner.execute.vars_files import load_vars_files
from runner.model.inventory import Host
from runner.model.plan import PlanPlay, PlanStatement, PlanTask
from runner.model.play import Play, Playbook
from runner.model.text import Map, Text
from runner.plan.compile import compile_play
from runner.plan.inherit import many
from runner.plan.names import full_name
from runner.plan.patterns import Warn, match
from runner.plan.tags import selected
from runner.variables.view import View


def list_playbook(kit: Kit, playbook: Playbook, args: argparse.Namespace, out: TextIO, warn: Warn) -> None:
    """Print the hosts, tasks or tags of a playbook in ansible-playbook's form. warn: is told of patterns that match nothing."""
    out.write(f"\nplaybook: {playbook.path}\n")
    run = kit.run(lambda _event: None)
    for number, play in enumerate(playbook.plays, 1):
        session = _session(kit, run, play, number)
        plan, view = session.plan, session.play_view()
        tags = _tags(kit, plan.frame.tags, view)
        hosts = kit.templar.render(play.keywords["hosts"], view)
        shown = ",".join(map(str, hosts)) if isinstance(hosts, list) else str(hosts)
        out.write(f"\n  play #{number} ({shown}): {session.name}\tTAGS: [{','.join(tags)}]\n")
        found = match(hosts, kit.inventory, limit=limit_words(kit.options.limit), warn=warn)
        if args.listhosts:
            _hosts(found, hosts if isinstance(hosts, list) else [shown], out)
        if args.listtasks:
            _tasks(kit, plan, view, out)
        if args.listtags:
            _all_tags(kit, play, plan, view, out)


def check_patterns(kit: Kit, playbook: Playbook, warn: Warn) -> None:
    """Tell `warn` of patterns of a playbook that match no host. Raises UndefinedVariable for one that cannot be rendered."""
    run = kit.run(lambda _event: None)
    for number, play in enumerate(playbook.plays, 1):
        hosts = kit.templar.render(play.keywords["hosts"], _session(kit, run, play, number).play_view())
        match(hosts, kit.inventory, limit=limit_words(kit.options.limit), warn=warn)


def _session(kit: Kit, run: Run, play: Play, number: int) -> PlaySession:
    """Return a play with what is known of its variables before it runs."""
    folder = str(Path(play.path).parent)
    session = PlaySession(run, compile_play(play, folder, number), folder, [])
    session.prompted = _defaults(kit, play, session)
    session.play_files = load_vars_files(session, None)
    return session


def _hosts(found: list[Host], words: Iterable[object], out: TextIO) -> None:
    out.write(f"    pattern: {[str(each) for each in words]}\n    hosts ({len(found)}):\n")
    for host in sorted(host.name for host in found):
        out.write(f"      {host}\n")


def _tasks(kit: Kit, plan: PlanPlay, view: View, out: TextIO) -> None:
    out.write("    tasks:\n")
    for task in _each(plan):
        tags = _tags(kit, task.frame.tags, view)
        if not selected(tags, kit.options.tags, kit.options.skip_tags):
            continue
        name = task.task.keywords.get("name")
        text = full_name(task, str(name)) if name is not None else str(task.task.action)
        out.write(f"      {text}\tTAGS: [{', '.join(tags)}]\n")


def _all_tags(kit: Kit, play: Play, plan: PlanPlay, view: View, out: TextIO) -> None:
    found: set[str] = set()
    chosen = bool(kit.options.tags or kit.options.skip_tags)
    for task in _each(plan):
        tags = _tags(kit, task.frame.tags, view)
        # where nothing was chosen, the tags of what runs only when it is asked for are shown as well
        if not chosen or selected(tags, kit.options.tags, kit.options.skip_tags):
            found.update(tags)
    out.write(f"      TASK TAGS: [{', '.join(sorted(found))}]\n")


def _defaults(kit: Kit, play: Play, session: PlaySession) -> Map:
    """Return what the play's questions are answered with where nobody is asked."""
    found = Map()
    for entry in many(play.keywords.get("vars_prompt")):
        if isinstance(entry, dict) and "name" in entry and entry["name"] not in kit.extra_vars:
            found[Text(entry["name"])] = loosely(kit.templar, entry.get("default"), session.play_view())
    return found


def _tags(kit: Kit, raw: Iterable[object], view: View) -> list[str]:
    found: set[str] = set()
    for tag in raw:
        rendered = loosely(kit.templar, tag, view)
        found.update(str(each) for each in (rendered if isinstance(rendered, list) else [rendered]))
    return sorted(found)


def _each(plan: PlanPlay) -> list[PlanTask]:
    found: list[PlanTask] = []

    def visit(statements: Iterable[PlanStatement]) -> None:
        for statement in statements:
            if isinstance(statement, PlanTask):
                found.append(statement)
            else:
                visit(statement.body)

    for _, statements in plan.sections:
        visit(statements)
    return found
