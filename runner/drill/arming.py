"""The shell that locks a host, arms the undoing of a fault before the fault, and heals: all that keeps a drill from leaving damage. Pure.

Once a fault is armed the host needs nobody: its own systemd undoes it when its time is over, whether the controller lives or
the network works.
Everything is in FOLDER, in memory (a reboot clears it, and the faults with it), and in units named PREFIX*.
"""

import shlex
from collections.abc import Sequence

from runner.drill.deed import FOLDER, HANDLE, PREFIX, Deed
from runner.record import dataclass

KEPT = "/var/lib/muster-drill"
EARLY = f"/etc/systemd/system/{PREFIX}watch-early.service"
GUARD = "/run/muster-drill.guard"
BUSY = 75
NOT_READY = 76
# Nobody waits longer than this for the setting of a fault before the fault is undone.
PATIENCE = 5


@dataclass(frozen=True, slots=True)
class Arming:
    """One fault on one host. delay: seconds from now until it is set. seconds: how long it lasts. python: the host's, for time stamps."""

    number: int
    deed: Deed
    delay: float
    seconds: float
    python: str = "python3"

    @property
    def undo_unit(self) -> str:
        return f"{PREFIX}undo-{self.number}"

    @property
    def fault_unit(self) -> str:
        return f"{PREFIX}fault-{self.number}"


def lock(owner: str, seconds: float) -> str:
    """Return shell that takes the host for the drill `owner` for so many seconds; ends with BUSY and the present owner when it is taken.

    A lock whose time is over is of a drill whose controller died: the host is healed and taken.
    """
    return f"""umask 077
exec 9>>{GUARD}; flock 9
now=$(cut -d. -f1 /proc/uptime)
if [ -e {FOLDER}/lock ]; then
    read -r owner until < {FOLDER}/lock
    if [ "$until" -gt "$now" ]; then echo "$owner $((until - now))"; exit {BUSY}; fi
fi
{_HEAL}
mkdir -p {FOLDER}
echo {shlex.quote(owner)} "$((now + {round(seconds)}))" > {FOLDER}/lock
"""


def take_again(owner: str, seconds: float) -> str:
    """Return shell that takes a host that lost its lock in a reboot; what it kept on its disk stays."""
    return f"""umask 077
exec 9>>{GUARD}; flock 9
mkdir -p {FOLDER}
echo {shlex.quote(owner)} "$(($(cut -d. -f1 /proc/uptime) + {round(seconds)}))" > {FOLDER}/lock
"""


def still(owner: str) -> str:
    """Return shell that ends with BUSY and the present owner where a host, healed by somebody meanwhile, was taken by another drill."""
    return f"""exec 9>>{GUARD}; flock 9
[ -e {FOLDER}/lock ] || exit 0
read -r owner until < {FOLDER}/lock
[ "$owner" = {shlex.quote(owner)} ] || {{ echo "$owner"; exit {BUSY}; }}
"""


def ready(deed: Deed, python: str = "python3") -> str:
    """Return shell that ends with NOT_READY and a sentence when a fault cannot be set on this host."""
    lines = [f"python={shlex.quote(python)}"]
    lines += [f'[ "$(id -u)" = 0 ] || {{ echo "a drill needs root here (ansible_become)"; exit {NOT_READY}; }}']
    lines += [
        f'command -v {program} >/dev/null || {{ echo "{program} is not installed"; exit {NOT_READY}; }}'
        for program in ("systemd-run", "flock", *deed.programs)
    ]
    lines.append(f"( {deed.ready} ) 2>&1 || exit {NOT_READY}")
    return "\n".join(lines)


def arm(arming: Arming) -> str:
    """Return shell that puts undo and fault on the host, starts the undo's waiting, sees it run, and only then starts the fault.

    The undo waits as a service that sleeps. A timer would begin to count anew with each daemon-reload on the host (systemd issue 31914), so
    that packages which are installed put the undo off again and again.
    """
    k = arming.number
    return f"""set -eu
umask 077
cd {FOLDER}
cat > undo-{k}.sh <<'END_OF_UNDO'
{_undo_script(arming)}END_OF_UNDO
cat > fault-{k}.sh <<'END_OF_FAULT'
{_fault_script(arming)}END_OF_FAULT
systemd-run --quiet --collect --unit={arming.undo_unit} \\
    /bin/sh -c 'sleep {arming.delay + arming.seconds:.3f}; exec /bin/sh {FOLDER}/undo-{k}.sh'
systemctl is-active --quiet {arming.undo_unit}.service
systemd-run --quiet --collect --unit={arming.fault_unit} /bin/sh {FOLDER}/fault-{k}.sh
"""


def _stamp(python: str) -> str:
    code = 'import sys, time; print(sys.argv[1], "%.6f" % time.monotonic(), *sys.argv[2:])'
    stamp = f"stamp() {{ \"$python\" -I -S -c '{code}' \"$@\" >> {FOLDER}/log || true; }}"
    return f"python={shlex.quote(python)}\n{stamp}\n"


def _fault_script(arming: Arming) -> str:
    """The lock around the setting makes sure that nothing is set after the undoing: whoever comes second finds it done."""
    k = arming.number
    return f"""{_stamp(arming.python)}cd {FOLDER} || exit 1
sleep {max(arming.delay, 0.2):.3f}
exec 8>>guard-{k}; flock 8
[ -e undo-{k}.sh ] || exit 1
stamp set {k}
{{
{arming.deed.set}
}}
rc=$?
flock --unlock 8
stamp was-set {k} "$rc"
"""


def _undo_script(arming: Arming) -> str:
    k = arming.number
    return f"""{_stamp(arming.python)}cd {FOLDER} || exit 1
exec 8>>guard-{k}; flock --wait {PATIENCE} 8
stamp undo {k}
{{
{arming.deed.undo}
}}
rc=$?
stamp undone {k} "$rc"
[ "$rc" = 0 ] && mv undo-{k}.sh undone-{k}.sh
exit "$rc"
"""


# Undo what is armed, then end what is ours, then take away what an undo could not: rules that only a drill makes.
_HEAL = f"""if [ -d {FOLDER} ]; then
    for undo in {FOLDER}/undo-*.sh; do
        [ -e "$undo" ] || continue
        /bin/sh "$undo" 9>&- && echo "undone: $(basename "$undo" .sh)" || {{ echo "NOT undone: $undo"; failed=1; }}
    done
fi
systemctl stop '{PREFIX}fault-*' '{PREFIX}undo-*' '{PREFIX}hold-*' '{PREFIX}watch*' '{PREFIX}probe*' 2>/dev/null
if command -v nft >/dev/null; then
    nft list tables 2>/dev/null | sed -n 's/^table \\([a-z]* muster_drill_[0-9]*\\)$/\\1/p' | while read -r family table; do
        nft delete table "$family" "$table" && echo "undone: $table"
    done
fi
for path in /sys/class/net/mdrill*; do
    if [ -e "$path" ]; then ip link delete "${{path##*/}}"; fi
done
if command -v tc >/dev/null; then
    tc qdisc show 2>/dev/null | sed -n 's/^qdisc [a-z]* {HANDLE}: dev \\([^ ]*\\) root.*/\\1/p' | while read -r device; do
        tc qdisc delete dev "$device" root && echo "undone: traffic of $device"
    done
fi
while read -r _ _ _ source point _; do
    case "$source" in */muster-drill/mask-*) umount -l "$point" && echo "undone: $point";; esac
done < /proc/self/mountinfo
if [ "${{failed:-0}}" = 0 ]; then
    rm -f {EARLY} /etc/systemd/system/sysinit.target.wants/{PREFIX}watch-early.service
    # systemd still knows a unit whose file is gone
    if [ -d {KEPT} ]; then systemctl daemon-reload; fi
    rm -rf {FOLDER} {KEPT}
else exit 1; fi"""


def keep(names: Sequence[str]) -> str:
    """Return shell that makes what is written to these files of FOLDER outlast a reboot; healing takes it away."""
    links = "; ".join(f"ln -sfn {KEPT}/{name} {FOLDER}/{name}" for name in names)
    return f"umask 077; mkdir -p {KEPT} && {links}"


def early(python: str, seconds: float) -> str:
    """Return shell that has the observer, which is in KEPT, begin again when the host next starts, once, before its services do.

    So it is known what a host held from its start on, also before anybody can reach it. Where nobody comes for that, as the controller was
    killed, it is taken away when its time is over.
    """
    enabled = EARLY.replace("/system/", "/system/sysinit.target.wants/")
    unit = f"""[Unit]
Description=A drill goes on looking at this host
DefaultDependencies=no
RequiresMountsFor={KEPT}
After=local-fs.target systemd-remount-fs.service
Before=sysinit.target network-pre.target shutdown.target
Conflicts=shutdown.target
[Service]
ExecStartPre=/bin/rm -f {EARLY} {enabled}
ExecStart=/usr/bin/timeout {round(seconds)} {python} -I -S {KEPT}/watch.py {KEPT}/watch.json
SuccessExitStatus=124 143
ExecStartPost=/bin/sh -c 'n=0; until [ -s {KEPT}/early.log ] || [ $$n = 50 ]; do sleep 0.1; n=$$((n + 1)); done'
ExecStopPost=/bin/sh -c 'if [ "$$EXIT_STATUS" = 124 ]; then rm -rf {KEPT}; fi'
Nice=-5
"""
    # a machine without power keeps only what is on its disk
    return f"cat > {EARLY} <<'END_OF_UNIT'\n{unit}END_OF_UNIT\nmkdir -p {enabled.rpartition('/')[0]} && ln -sfn {EARLY} {enabled} && sync"


def heal(owner: str = "") -> str:
    """Return shell that undoes every fault on this host and gives the host back; it says what there was to undo.

    owner: only if the host is taken by that drill; without one, whoever has it.
    """
    mine = f"""if [ -e {FOLDER}/lock ]; then
    read -r owner until < {FOLDER}/lock
    [ "$owner" = {shlex.quote(owner)} ] || exit 0
fi
"""
    return f"umask 077\nexec 9>>{GUARD}; flock --wait 30 9\n{mine if owner else ''}{_HEAL}\n"


def recorder(name: str, python: str, seconds: float) -> str:
    """Return shell that starts a recorder (`watch` or `probe`, already in FOLDER) that ends by itself after so many seconds."""
    file = f"{FOLDER}/{name}"
    return (
        f"systemd-run --quiet --collect --unit={PREFIX}{name} --property=RuntimeMaxSec={round(seconds)} --property=Nice=-5 "
        f"--property=LimitNOFILE=4096 {shlex.quote(python)} -I -S {file}.py {file}.json"
    )


def stop_recorder(name: str) -> str:
    """Return shell that ends a recorder; what it wrote stays."""
    return f"systemctl stop {PREFIX}{name}.service"
