"""The shell line that finds a Python on the host and starts the agent with it: one round trip, nothing on disk."""

import json
import shlex

OLDEST = (3, 6)
# The system's own Python first: it is the one that stays. Then what Ansible would try, newest first, then older ones.
PREFERRED = ("/usr/bin/python3", "/usr/libexec/platform-python")
OTHERS = (*(f"python3.{minor}" for minor in range(14, 5, -1)), "python3", "/usr/local/bin/python3", "python")
AUTO = frozenset({"auto", "auto_silent", "auto_legacy", "auto_legacy_silent", ""})

# Read by Python 2 as well, so that an old one can say that it is old. It gets the agent's length, then the agent.
_LOADER = """import os,sys
def r(n):
 b=b""
 while len(b)<n:
  c=os.read(0,n-len(b))
  if len(c)==0: os._exit(0)
  b+=c
 return b
t,l=sys.argv[1:3]
if sys.version_info<(3,6):
 os.write(1,(t+"OLD %d.%d %s;"%(sys.version_info[0],sys.version_info[1],sys.executable)).encode())
 os._exit(0)
import json,zlib
s=json.loads(zlib.decompress(r(int(r(8),16))).decode())
g={"__name__":"runner.target.memory"}
exec(compile(s["runner.target.memory"],"<muster>","exec"),g)
g["start"](s,t,l)
"""
# One line without single quotes, so that it passes unchanged through csh and fish as login shells too.
CODE = f"exec({json.dumps(_LOADER)})"
_CODE = shlex.quote(CODE)
_RUN = 'exec env LC_ALL=C.UTF-8 {python} -I -S -B -c {code} {token} "${{LC_ALL-unset}}"'


def start_line(token: str, interpreter: str, skip: tuple[str, ...] = ()) -> str:
    """Return shell text that becomes the agent, or writes `token` and "NONE;" when there is no Python.

    interpreter: a path or name as the user gave it (with arguments, split by the shell), or "auto". skip: interpreters
    that proved too old.
    """
    if interpreter not in AUTO:
        words = " ".join(shlex.quote(word) for word in shlex.split(interpreter))
        program = shlex.quote(shlex.split(interpreter)[0])
        missing = f"command -v {program} >/dev/null 2>&1 || {{ printf %s {token}NONE\\;; exit 0; }}; "
        return missing + _RUN.format(python=words, code=_CODE, token=token)
    first = " ".join(path for path in PREFERRED if path not in skip)
    rest = " ".join(path for path in OTHERS if path not in skip)
    probe = f"import sys;sys.exit(sys.version_info<{OLDEST})".replace(" ", "")
    run = _RUN.format(python='"$p"', code=_CODE, token=token)
    works = f'command -v "$p" >/dev/null 2>&1 && "$p" -c "{probe}" >/dev/null 2>&1 </dev/null'
    return (
        f'for p in {first}; do if [ -x "$p" ]; then {run}; fi; done; '
        f"for p in {rest}; do if {works}; then {run}; fi; done; "
        f"printf %s {token}NONE\\;"
    )
