#!/bin/sh
# Turns a bare Debian into a lab host's image. In: PACKAGES, and SOURCES (lines of sources.list, empty: keep the base's own).
set -eu
export DEBIAN_FRONTEND=noninteractive

if [ -n "$SOURCES" ]; then
    printf '%s\n' "$SOURCES" > /etc/apt/sources.list
fi

# Nothing may be started while the image is made.
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod 0755 /usr/sbin/policy-rc.d
apt-get update
# shellcheck disable=SC2086 # a list of words
apt-get install --yes --no-install-recommends $PACKAGES

# Only sshd, dbus and the journal run by themselves; the rest is a role's work.
for unit in cron.service haproxy.service keepalived.service nginx.service rsync.service; do
    if [ -e "/lib/systemd/system/$unit" ]; then
        systemctl disable "$unit"
    fi
done
# No console to log in on, and no package lock taken behind a playbook's back.
systemctl mask console-getty.service getty.target getty-static.service apt-daily.timer apt-daily-upgrade.timer
systemctl enable ssh.service
systemctl set-default multi-user.target

useradd --create-home --shell /bin/bash ops
useradd --create-home --shell /bin/bash alice
printf 'ops ALL=(ALL:ALL) NOPASSWD: ALL\nalice ALL=(ALL:ALL) ALL\n' > /etc/sudoers.d/lab
chmod 0440 /etc/sudoers.d/lab

# Every host makes its own identity at its first start.
rm -f /etc/ssh/ssh_host_*
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id
# From now on a package that is installed starts its service, as on any Debian machine.
rm -f /usr/sbin/policy-rc.d
apt-get clean
