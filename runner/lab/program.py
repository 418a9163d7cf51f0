"""Run a program on the control machine and give its result as a value."""

import subprocess
from collections.abc import Callable, Mapping, Sequence

from runner.errors import RunnerError
from runner.record import dataclass


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ended. code: exit status, 124 when it ran out of time, 127 when there is no such program."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        return self.code == 0


Runs = Callable[..., Finished]


def run(
    argv: Sequence[str], *, stdin: str = "", timeout: float | None = 120, environment: Mapping[str, str] | None = None
) -> Finished:
    """Run `argv` with `stdin` as its input for at most `timeout` seconds; return how it ended, also when it failed."""
    try:
        done = subprocess.run(
            list(argv),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            env=environment,
            check=False,
        )
    except FileNotFoundError:
        return Finished(tuple(argv), 127, "", f"{argv[0]}: not found")
    except subprocess.TimeoutExpired as late:
        said = late.stderr.decode(errors="replace") if isinstance(late.stderr, bytes) else (late.stderr or "")
        return Finished(tuple(argv), 124, "", f"{said}\nno end within {timeout:g} s".strip())
    return Finished(tuple(argv), done.returncode, done.stdout, done.stderr)


def need(done: Finished, what: str, remedy: str = "") -> Finished:
    """Return `done` if it succeeded, else raise a RunnerError that says what could not be done and the program's last words."""
    if done.ok:
        return done
    words = [line for line in (done.err.strip() or done.out.strip()).splitlines() if line.strip()]
    last = "\n".join(words[-5:]) or f"exit status {done.code}, no output"
    raise RunnerError(f"{what}: `{' '.join(done.argv[:6])}` failed", found=last, remedy=remedy)
