"""Faults that put something else before those who look: an expired certificate, and health checks that lie. Pure.

A file is masked by mounting another over it. The file itself is not touched: it is there again when the mount is gone, at the latest
after a reboot.
"""

import shlex

from runner.drill.deed import FOLDER, Deed, Wanted, drop_table, program
from runner.drill.expired import expired_twin
from runner.drill.fault_load import held

HAPROXY_SOCKET = "/run/haproxy/admin.sock"


def mask(path: str, name: str, *, runs: bool = False) -> tuple[str, str]:
    """Return (set, undo) for a file in FOLDER to be mounted over another, with that one's owner and mode.

    runs: it is a program, and /run may be mounted without `exec`. Who holds the file open keeps it, so the undo is lazy (umount(8)).
    """
    where = f"real=$(readlink -f {shlex.quote(path)})"
    exec_too = ' && mount -o remount,bind,exec "$real"' if runs else ""
    return (
        f'{where} && chown --reference="$real" {name} && chmod --reference="$real" {name} && mount --bind {name} "$real"{exec_too}',
        f'({where}; while grep -q "{FOLDER.removeprefix("/run")}/{name} " /proc/self/mountinfo; do umount -l "$real" || exit 1; done)',
    )


def certificate(wanted: Wanted) -> Deed:
    """Return how a certificate runs out: an expired one is put over it, and who serves it reads it again.

    Without one that was prepared (`with`) it is a twin with the same names, made for a throwaway key that goes over the `key`, or into
    the same file where that is where the key is.
    """
    said = wanted.settings
    files = {str(said["path"]): wanted.mask, **({str(said["key"]): f"{wanted.mask}-key"} if "key" in said else {})}
    sets, undoes = zip(*(mask(path, name) for path, name in files.items()))
    reload = [f"systemctl reload-or-restart {shlex.quote(unit)}" for unit in said.get("reload", ())]
    there = [
        f'{{ [ -f {shlex.quote(path)} ] || {{ echo {shlex.quote(f"there is no file {path}")}; false; }}; }}' for path in files
    ]
    given = {wanted.mask: wanted.given["with"]} if "with" in wanted.given else {}
    if "with_key" in wanted.given:
        given[f"{wanted.mask}-key"] = wanted.given["with_key"]
    return Deed(
        " && ".join([*sets, *reload]),
        " && ".join([*undoes, *reload]),
        " && ".join(there),
        ("mount", "systemctl"),
        given,
        () if given else tuple(files),
        None if given else (lambda found: expired_twin(found, list(files.values()))),
    )


def check(wanted: Wanted) -> Deed:
    """Return how a health check says what is not so: a script, haproxy's word about a server, or a port that is asked."""
    said = wanted.settings
    if "script" in said:
        return _script(wanted)
    return _server(wanted) if "server" in said else _port(wanted)


def _well(wanted: Wanted) -> bool:
    return bool(wanted.settings["says"] == "well")


def _script(wanted: Wanted) -> Deed:
    path = str(wanted.settings["script"])
    setting, undoing = mask(path, wanted.mask, runs=True)
    quoted, what = shlex.quote(path), shlex.quote(f"{path} is no script: what else uses it would be told lies as well")
    none = shlex.quote(f"there is no file {path} that can be run")
    there = f"[ -f {quoted} ] && [ -x {quoted} ] || {{ echo {none}; exit 1; }}"
    return Deed(
        setting,
        undoing,
        f'{there}\n[ "$(head -c 2 {quoted} | tr -d "\\0")" = "#!" ] || {{ echo {what}; false; }}',
        ("mount",),
        {wanted.mask: b"#!/bin/sh\nexit 0\n" if _well(wanted) else b"#!/bin/sh\nexit 1\n"},
    )


def _server(wanted: Wanted) -> Deed:
    said = wanted.settings
    words = f'"$python" -I -S {FOLDER}/haproxy.py %s {shlex.quote(str(said.get("socket", HAPROXY_SOCKET)))} {shlex.quote(said["server"])}'
    return Deed(
        words % ("up" if _well(wanted) else "down"), words % "undo", words % "check", files={"haproxy.py": program("haproxy")}
    )


def _port(wanted: Wanted) -> Deed:
    """Connections to the port of this host, by whomever, go to a server of ours that says one thing."""
    said = wanted.settings
    note = f"{FOLDER}/answer-{wanted.number}"
    settings = {"kind": "answer", "status": said.get("status", 200 if _well(wanted) else 503), "text": said.get("text", ""), "note": note}
    port = f"fib daddr type local tcp dport {said['port']} redirect to :%s;"
    chains = "".join(
        f" chain {hook} {{ type nat hook {hook} priority -110; policy accept; {port} }};" for hook in ("output", "prerouting")
    )
    rules = f"table inet {wanted.table} {{{chains} }}"
    taken = held(wanted, settings, "nft -f - <<RULES\n" + rules.replace("%s", f"$(cat {note})") + "\nRULES")
    return Deed(
        taken.set,
        f"{drop_table(wanted)} && {{ {taken.undo}\n}}",
        f"nft --check {shlex.quote(rules.replace('%s', '9'))}",
        ("nft", *taken.programs),
        taken.files,
    )
