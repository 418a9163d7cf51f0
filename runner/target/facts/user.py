"""Who the task runs as."""

import os


def collect(system):
    """Return user_id, user_uid, user_gid, user_gecos, user_dir, user_shell, and real and effective numbers."""
    entry = system.user(os.getuid())
    facts = {
        "real_user_id": os.getuid(),
        "effective_user_id": system.euid(),
        "real_group_id": os.getgid(),
        "effective_group_id": system.egid(),
    }
    if entry is None:
        facts["user_id"] = system.environ.get("USER") or system.environ.get("LOGNAME") or str(os.getuid())
        facts.update(user_uid=os.getuid(), user_gid=os.getgid())
        return facts
    facts.update(
        user_id=entry.pw_name,
        user_uid=entry.pw_uid,
        user_gid=entry.pw_gid,
        user_gecos=entry.pw_gecos,
        user_dir=entry.pw_dir,
        user_shell=entry.pw_shell,
    )
    return facts
