"""One play: its hosts, its prompts and variable files, its batches, its sections with handlers flushed after each."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner import find
from runner.errors import ParseError, nearest_names
from runner.execute.hosts import HostState, names
from runner.execute.reach import Links
from runner.execute.session import PlaySession, Run
from runner.execute.vars_files import load_vars_files
from runner.execute.walk import Walker
from runner.model.event import NoHosts, PlayStarted
from runner.model.keywords import type_word
from runner.model.play import Play, Task
from runner.model.text import Map, Seq, Text
from runner.plan.batches import batches
from runner.plan.compile import compile_play, play_vars
from runner.plan.keyword_value import truth
from runner.plan.patterns import match, ordered
from runner.position import position_of
from runner.variables.precedence import stack


class PlayRun:
    """Runs one play of a run."""

    def __init__(self, run: Run, play: Play, index: int, links: Links) -> None:
        self.run = run
        self.links = links
        self.play = play
        self.playbook_dir = str(Path(play.path).resolve().parent)
        if run.foreign is not None:
            run.foreign.plugins.begin(self.playbook_dir)
        plan = compile_play(play, self.playbook_dir, index, self._gather(play))
        self.session = PlaySession(run, plan, self.playbook_dir, [])

    async def all_batches(self) -> bool:
        """Run the play. Returns False when no host is left and the playbook must stop."""
        self._prompts()
        session = self.session
        session.play_files = load_vars_files(session, None)
        session.hosts = self._hosts()
        for host in session.hosts:
            host.ended = False
        hosts = self._ordered([host for host in session.hosts if not (host.failed or host.unreachable)])
        if not hosts:
            self.run.emit(PlayStarted(session.name, (), self.play.position, self.run.options.check))
            if not session.hosts:
                self.run.emit(NoHosts(session.name, "matched"))
            return True
        serial = self._rendered("serial")
        groups = batches(hosts, serial if serial not in ("", None) else None)
        for at, group in enumerate(groups):
            if not await self._batch(group, at):
                return False
            if session.ended:
                break
        return True

    async def _batch(self, group: list[HostState], at: int) -> bool:
        session = self.session
        before = len([host for host in group if host.failed or host.unreachable])
        session.batch = group
        session.started.clear()
        strategy = str(self._rendered("strategy") or self.run.options.strategy).split(".")[-1]
        lockstep = strategy in ("linear", "debug")
        self.run.emit(
            PlayStarted(session.name, names(group), self.play.position, session.checks(None), at, lockstep)
        )
        for host in group:
            host.roles_done.clear()
            host.roles_touched.clear()
        for host in group:
            session.set_files(host, load_vars_files(session, host))
        gate = asyncio.Semaphore(self.run.options.forks)
        module = self._strategy(strategy)
        debugs = strategy == "debug" or self.run.options.task_debugger
        walker = Walker(session, self.links, gate, lockstep=lockstep, debugs=debugs)
        await module.run(session, walker, group)
        out = [host for host in group if host.failed or host.unreachable]
        return len(out) < len(group) and not (session.broken and len(out) > before)

    def _strategy(self, name: str) -> Any:
        known = find.strategies()
        real = "linear" if name == "debug" else name
        if real not in known:
            raise ParseError(
                f"Invalid play strategy specified: {name}",
                exit_code=1,
                position=position_of(self.play.keywords.get("strategy")) or self.play.position,
                expected=", ".join(known),
                found=f"'{name}'",
                nearest=nearest_names(name, known),
                remedy="correct the strategy",
            )
        return find.load_strategy(real)

    def _rendered(self, word: str) -> Any:
        value = self.play.keywords.get(word)
        rendered = self.run.templar.render(value, self.session.play_view()) if value is not None else None
        return None if rendered is self.run.omit else rendered

    def _hosts(self) -> list[HostState]:
        """Return the hosts the play's pattern and --limit select, in the inventory's order, also those that are out already."""
        pattern = self._rendered("hosts")
        options = self.run.options
        found = match(
            pattern, self.run.inventory, limit=options.limit or None, warn=self.run.warn, mismatch=options.host_pattern_mismatch
        )
        return [self.run.host(host.name) or self.run.delegate(host.name) for host in found]

    def _ordered(self, hosts: list[HostState]) -> list[HostState]:
        order = self._rendered("order")
        at = {host.name: host for host in hosts}
        mixed = ordered([host.host for host in hosts], order, position=position_of(order, self.play.keywords.get("order")))
        return [at[host.name] for host in mixed]

    def _prompts(self) -> None:
        given = self.play.keywords.get("vars_prompt") or []
        for entry in given if isinstance(given, list) else [given]:
            if not isinstance(entry, Mapping):
                raise ParseError(
                    "vars_prompt must be a list of mappings",
                    exit_code=1,
                    position=position_of(entry, given) or self.play.position,
                    expected="'- name: <variable>' entries",
                    found=f"a {type_word(entry)}",
                    remedy="write '- name: <variable>' and 'prompt: <question>' below vars_prompt",
                )
            self._prompt(entry)

    def _prompt(self, entry: Mapping[str, Any]) -> None:
        name = entry.get("name")
        if not isinstance(name, str):
            raise ParseError(
                "Invalid vars_prompt data structure, missing 'name' key",
                position=position_of(entry) or self.play.position,
                expected="'name: <variable>' in each entry",
                remedy="add 'name:'",
            )
        unknown = [key for key in entry if key not in _PROMPT]
        if unknown:
            raise ParseError(
                f"Invalid vars_prompt data structure, found unsupported key '{unknown[0]}'",
                position=position_of(unknown[0]) or self.play.position,
                expected=", ".join(sorted(_PROMPT)),
                nearest=nearest_names(str(unknown[0]), _PROMPT),
                remedy="remove or correct it",
            )
        if name in self.run.options.extra_vars:
            return
        view = self.session.play_view()
        default = self.run.templar.render(entry.get("default"), view)
        text = str(self.run.templar.render(entry.get("prompt") or name, view))
        hidden = self._yes(entry, "private", True)
        value = self._ask(text, hidden, default)
        if self._yes(entry, "confirm", False):
            while self._ask(f"confirm {text}", hidden, None) != value:
                value = self._ask(f"***** VALUES ENTERED DO NOT MATCH *****\n{text}", hidden, default)
        if entry.get("encrypt"):
            scope = view.over({"value": value, "scheme": entry["encrypt"], "salt": entry.get("salt"), "rounds": entry.get("rounds")})
            value = self.run.templar.expression("value | password_hash(scheme, salt=salt, rounds=rounds)", scope)
        if hidden and value:
            self.run.conceal([str(value)])
        self.session.prompted[Text(name)] = value if self._yes(entry, "unsafe", False) or not isinstance(value, str) else str(value)

    def _yes(self, entry: Mapping[str, Any], word: str, default: bool) -> bool:
        return truth(word, entry.get(word, default), position_of(entry) or self.play.position)

    def _ask(self, text: str, hidden: bool, default: Any) -> Any:
        prompt = self.run.options.prompt
        if prompt is None:
            self.run.warn("Not prompting as we are not in interactive mode")
            return default
        shown = f"{text} [{default}]: " if default is not None and not hidden else f"{text}: "
        return prompt(shown, hidden) or default

    def _gather(self, play: Play) -> tuple[Task, ...]:
        """Return the implicit task that gathers facts, when the play asks for it."""
        wanted = play.keywords.get("gather_facts")
        if wanted is not None:
            known = stack({"play_vars": play_vars(play.keywords), "extra_vars": [self.run.options.extra_vars]})
            wanted = self.run.templar.render(wanted, known)
        asked = self.run.options.gathering in ("implicit", "smart")
        if wanted is not None:
            asked = truth("gather_facts", wanted, position_of(play.keywords["gather_facts"]) or play.position)
        if not asked:
            return ()
        at = play.position
        args = Map(position=at)
        for word, key in (("gather_subset", "gather_subset"), ("gather_timeout", "gather_timeout"), ("fact_path", "fact_path")):
            if play.keywords.get(word) is not None:
                args[Text(key, at)] = play.keywords[word]
        keywords = Map({Text("name", at): Text("Gathering Facts", at), Text("tags", at): Seq([Text("always", at)])}, position=at)
        # a play's `run_once` is about its tasks: every host has facts of its own
        keywords[Text("run_once", at)] = False
        return (Task(at, Text("ansible.builtin.gather_facts", at), args, keywords),)


_PROMPT = frozenset("name prompt default private confirm encrypt salt_size salt unsafe rounds when".split())

