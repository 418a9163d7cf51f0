"""AppArmor, FIPS mode and the capabilities of the task."""

from runner.target.facts.source import text

# capabilities(7), by number
CAPABILITIES = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct "
    "sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap "
    "mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
).split()


def apparmor(system):
    """Return apparmor."""
    return {"apparmor": {"status": "enabled" if system.exists("/sys/kernel/security/apparmor") else "disabled"}}


def fips(system):
    """Return fips."""
    return {"fips": text(system, "/proc/sys/crypto/fips_enabled") == "1"}


def caps(system):
    """Return system_capabilities and system_capabilities_enforced."""
    last = text(system, "/proc/sys/kernel/cap_last_cap", str(len(CAPABILITIES) - 1))
    return parsed_caps(text(system, "/proc/self/status"), int(last))


def parsed_caps(status, last):
    """Return the facts for the text of /proc/self/status and the number of the kernel's last capability.

    A process with all of them is not restrained: nothing is listed.
    """
    mask = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), None)
    if mask is None:
        return {"system_capabilities_enforced": "NA", "system_capabilities": []}
    held = [number for number in range(last + 1) if int(mask, 16) >> number & 1]
    if len(held) == last + 1:
        return {"system_capabilities_enforced": "False", "system_capabilities": []}
    listed = ["cap_" + CAPABILITIES[number] if number < len(CAPABILITIES) else str(number) for number in held]
    return {"system_capabilities_enforced": "True", "system_capabilities": listed}
