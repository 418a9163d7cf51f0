"""A run: playbooks one after the other, as a stream of events that ends with the recap."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable

from runner.errors import nearest_names
from runner.execute.foreign import connections
from runner.execute.held import hold
from runner.execute.journal import Journal
from runner.execute.journal_file import JournalFile
from runner.execute.play import PlayRun
from runner.execute.reach import Links
from runner.execute.retry import retry_file
from runner.execute.session import Run
from runner.model.event import Event, HandlersPending, Noted, PlaybookFinished, PlaybookStarted, Resumable, RunFinished, Tally
from runner.model.play import Playbook

FAILED, UNREACHABLE = 2, 4
SPECIAL_TAGS = frozenset({"all", "tagged", "untagged", "always", "never"})


class Stream:
    """The queue between the engine, which puts events in, and whoever reads them."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()

    def put(self, event: Event) -> None:
        """Add an event, unless it comes from a task that was sent ahead: then it is told in its turn."""
        if not hold(event):
            self._queue.put_nowait(event)

    def end(self) -> None:
        """Say that no more events follow."""
        self._queue.put_nowait(None)

    async def events(self) -> AsyncIterator[Event]:
        """Give the events in order until the end."""
        while (event := await self._queue.get()) is not None:
            yield event


async def run_playbooks(
    make: Callable[[Callable[[Event], None]], Run],
    playbooks: Iterable[Playbook],
    stop: asyncio.Event | None = None,
    *,
    journal: JournalFile | None = None,
    resume: bool = False,
) -> AsyncIterator[Event]:
    """Run playbooks and give what happens. make: builds the run around the function that takes events.

    stop: when it is set, what runs on the hosts is ended and the events go on to their end, in which RunFinished is `interrupted`.
    The last event is RunFinished. Raises RunnerError for a mistake that stops the whole run.
    journal: where what is changed on hosts is kept until the run succeeds. resume: what it has of the run before is not done again.
    """
    stream = Stream()
    run = make(stream.put)
    links = Links(others=connections(run))
    if journal is not None:
        run.journal = Journal(journal, links, run.digests, resume=resume)
        _tell_resumed(run, resume)
    worker = asyncio.create_task(_work(run, list(playbooks), links, stream))
    watch = asyncio.create_task(_stopped(stop, worker))
    try:
        async for event in stream.events():
            yield event
        with contextlib.suppress(asyncio.CancelledError):
            await worker
    finally:
        watch.cancel()
        if not worker.done():
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
        await links.close()


async def _stopped(stop: asyncio.Event | None, worker: asyncio.Task[None]) -> None:
    if stop is not None:
        await stop.wait()
        worker.cancel()


async def _work(run: Run, playbooks: list[Playbook], links: Links, stream: Stream) -> None:
    begun = time.monotonic()
    interrupted = False
    try:
        await _playbooks(run, playbooks, links)
    except asyncio.CancelledError:
        interrupted = True
        raise
    finally:
        try:
            _finish(run, stream, begun, interrupted)
        finally:
            # also when that is broken: whoever reads the events would wait for ever
            stream.end()


async def _playbooks(run: Run, playbooks: list[Playbook], links: Links) -> None:
    index = 0
    for playbook in playbooks:
        if index:
            run.emit(PlaybookFinished(_tallies(run)))
        run.emit(PlaybookStarted(playbook.path, len(playbook.plays)))
        for play in playbook.plays:
            index += 1
            if not await PlayRun(run, play, index, links).all_batches():
                _keep_retry(run, playbook)
                return
        _keep_retry(run, playbook)
        if exit_code(run):
            # what follows may rest on what failed here
            return


def _tallies(run: Run) -> dict[str, Tally]:
    return {host.name: host.tally() for host in run.hosts.values() if host.counts}


def _keep_retry(run: Run, playbook: Playbook) -> None:
    told = retry_file(playbook.path, run.options, run.hosts.values())
    if isinstance(told, str):
        run.warn(told)
    elif told is not None:
        run.emit(told)


def _tell_resumed(run: Run, resume: bool) -> None:
    journal = run.journal
    if not resume or journal is None:
        return
    if not journal.known:
        run.warn("there is no broken run of these playbooks and this inventory to resume: everything is done")
        return
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(journal.file.begun))
    run.emit(Noted(f"Resuming the run of {when}: {journal.known} changes that it made are not made again.", 0))


def _close_journal(run: Run, stream: Stream, interrupted: bool) -> None:
    journal = run.journal
    if journal is None:
        return
    for host in sorted(journal.strangers):
        run.warn(f"{host} is another machine than in the run before (its machine-id differs): everything was done there")
    code = exit_code(run)
    journal.close(succeeded=not interrupted and code == 0)
    if journal.file.broken:
        run.warn(f"this run cannot be resumed: {journal.file.path}: {journal.file.broken}")
    elif (interrupted or code) and (journal.kept or journal.taken):
        stream.put(Resumable(journal.kept + journal.taken))


def _finish(run: Run, stream: Stream, begun: float, interrupted: bool) -> None:
    for host in run.hosts.values():
        if host.pending:
            stream.put(HandlersPending(host.name, tuple(dict.fromkeys(host.pending.values()))))
    if not interrupted:
        for text in unmatched(run):
            run.warn(text)
    _close_journal(run, stream, interrupted)
    stream.put(
        RunFinished(_tallies(run), exit_code(run), run.stats.custom, interrupted, time.monotonic() - begun)
    )


def unmatched(run: Run) -> list[str]:
    """Return what to say of --start-at-task and --tags that fit no task: a run that did nothing looks like one that succeeded."""
    found = []
    if run.start_at is not None:
        found.append(
            f'No matching task "{run.start_at}" found. Note: --start-at-task can only follow static includes'
            f"{near(run.start_at, run.passed) or '.'}"
        )
    wanted = [tag for tag in run.options.tags if tag not in SPECIAL_TAGS]
    if run.hosts and wanted and len(wanted) == len(run.options.tags) and not run.tags_seen & set(wanted):
        found.append(f"no task that was reached has the tag {' or '.join(wanted)}{near(wanted[0], run.tags_seen)}")
    return found


def near(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` for the names most like `name`, or nothing."""
    names = nearest_names(name, sorted(set(known)))
    return f"; did you mean {' or '.join(names)}?" if names else ""


def exit_code(run: Run) -> int:
    """Return ansible-playbook's exit code: 0, 2 when a host failed, 4 when a host was unreachable."""
    hosts = run.hosts.values()
    if any(host.unreachable for host in hosts):
        return UNREACHABLE
    return FAILED if any(host.failed for host in hosts) else 0


