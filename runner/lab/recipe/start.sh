#!/bin/sh
# Process 1 of a lab host until systemd takes over: makes the container look like a machine of its own.
# In: LAB_DNS, name servers to write at the first start (empty: Docker's).
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /var/lib/lab /run/lab

# Docker mounts these; a mount point cannot be replaced by rename (EBUSY), a plain file can.
for file in /etc/hosts /etc/hostname /etc/resolv.conf; do
    kept=$(cat "$file")
    umount "$file" 2>/dev/null
    if [ ! -e /var/lib/lab/started ]; then
        printf '%s\n' "$kept" > "$file"
        chmod 0644 "$file"
    fi
done
if [ ! -e /var/lib/lab/started ] && [ -n "$LAB_DNS" ]; then
    for server in $LAB_DNS; do echo "nameserver $server"; done > /etc/resolv.conf
fi

# A boot id of its own for each start, so that a reboot can be seen (as systemd-nspawn does it).
cat /proc/sys/kernel/random/uuid > /run/lab/boot_id
chmod 0444 /run/lab/boot_id
mount --bind /run/lab/boot_id /proc/sys/kernel/random/boot_id

# Docker mounts this container's own part of each cgroup tree, but read-only; systemd needs to write. The machine's whole tree
# (a bind mount of /sys/fs/cgroup) would be shared by all hosts, and their systemds would tidy each other's away.
for tree in /sys/fs/cgroup /sys/fs/cgroup/*; do
    if [ ! -L "$tree" ] && grep -q " $tree " /proc/self/mountinfo; then
        mount -o remount,bind,rw "$tree"
    fi
done

[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -A
touch /var/lib/lab/started
exec env -i PATH="$PATH" container=docker /lib/systemd/systemd
