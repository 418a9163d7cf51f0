#!/bin/sh
# The verbs by which the control machine makes and breaks the hosts in a lab's machine. Each host is a systemd-nspawn container with
# a network namespace of its own (which has its own IPVS table), one leg on the bridge lab0.
# lab-host create NAME < settings | start | stop | kill | panic | pause | unpause | remove NAME | enter NAME WORD... | states
set -eu
verb=$1
name=${2:-}
home=/srv/lab/hosts
here=$home/$name
unit=lab-host@$name.service

link() {
    # shellcheck disable=SC2046 # four words are wanted
    printf 'h%02x%02x%02x%02x' $(echo "$ADDRESS" | tr . ' ')
}

settings() {
    # ADDRESS, PREFIX, GATEWAY, MEMORY, PYTHON, SHAPE
    . "$here/settings"
}

# With handles of files, so that a host can export its directories by NFS.
mount_root() {
    mountpoint -q "$here/root" || mount -t overlay -o "lowerdir=/srv/lab/lower,upperdir=$here/upper,workdir=$here/work,index=on,nfs_export=on" overlay "$here/root"
}

silence() {
    ip link set "$(link)" down 2>/dev/null || true
}

# The host's process 1, by its control group: to ask systemd-machined for it takes a second under software emulation.
leader() {
    cat "$(echo /sys/fs/cgroup/system.slice/system-lab*/"$unit"/payload/init.scope/cgroup.procs)" 2>/dev/null | head -n 1
}

# All processes of the host but its process 1, in whose place its mounts are seen.
others() {
    find /sys/fs/cgroup/system.slice/system-lab*/"$unit"/payload -name cgroup.procs -exec cat {} + 2>/dev/null | grep -vx "$1" || true
}

shares() {
    awk '$3 == "nfs" || $3 == "nfs4" { print $2 }' "/proc/$1/mounts"
}

# A mount of an NFS server that is lost would be waited for by who ends last, for minutes, and nobody could take it away any more. Who writes
# there asks the server again for each page, so it is killed first, and what it still asks is given up (--force) until nobody asks.
let_go() {
    first=$(leader)
    [ -n "$first" ] && [ -n "$(shares "$first")" ] || return 0
    others "$first" | xargs -r kill -KILL 2>/dev/null || true
    for options in --force --force --force --force --force "--force --lazy"; do
        for path in $(shares "$first"); do
            # shellcheck disable=SC2086 # words are wanted
            timeout -k 1 10 nsenter --target "$first" --mount -- umount $options "$path" < /dev/null || true
        done
        [ -n "$(shares "$first")" ] || return 0
        sleep 1
    done
}

end() {
    let_go
    systemctl kill --kill-whom=all --signal=KILL "$unit" 2>/dev/null || true
    # A frozen process takes no signal before it goes on.
    systemctl thaw "$unit" 2>/dev/null || true
    if ! timeout 90 systemctl stop "$unit"; then
        echo "processes of $name do not end: $(systemd-cgls --no-pager --unit "$unit" | tail -n 3)" >&2
        exit 1
    fi
    systemctl reset-failed "$unit" 2>/dev/null || true
}

case $verb in
create)
    mkdir -p "$here/upper/etc" "$here/work" "$here/root" "$here/docker"
    cat > "$here/settings"
    settings
    echo "$name" > "$here/upper/etc/hostname"
    printf '127.0.0.1\tlocalhost\n%s\t%s\n' "$ADDRESS" "$name" > "$here/upper/etc/hosts"
    echo 'nameserver 10.0.2.3' > "$here/upper/etc/resolv.conf"
    mkdir -p "$here/upper/etc/systemd/system"
    # The machine's own unit is in the tree that hosts share with it; devices are the machine's, and so is what looks after them.
    for each in lab-machine.service systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
        systemd-udev-trigger.service systemd-binfmt.service systemd-pcrphase.service systemd-pcrphase-sysinit.service \
        e2scrub_reap.service var-lib-machines.mount machines.target proc-sys-fs-binfmt_misc.automount systemd-network-generator.service; do
        ln -sf /dev/null "$here/upper/etc/systemd/system/$each"
    done
    mount_root
    # A login starts no session of its own manager: under software emulation that takes seconds.
    sed -i '/pam_systemd/d' "$here/root/etc/pam.d/common-session"
    ssh-keygen -q -t ed25519 -N '' -C "root@$name" -f "$here/root/etc/ssh/ssh_host_ed25519_key"
    ssh-keygen -q -t ecdsa -N '' -C "root@$name" -f "$here/root/etc/ssh/ssh_host_ecdsa_key"
    if [ "$PYTHON" = no ]; then
        systemd-nspawn --quiet --directory="$here/root" --machine="$name-bare" \
            sh -ec "apt-get purge --yes 'python3*' 'libpython3*' > /dev/null && ! command -v python3"
    fi
    mkdir -p "/run/systemd/system/$unit.d"
    printf '[Service]\n%s\n' "${MEMORY:+MemoryMax=$MEMORY}" > "/run/systemd/system/$unit.d/limits.conf"
    systemctl daemon-reload
    systemctl start --no-block "$unit"
    ;;
prepare)
    # By systemd, before each start of the host: a rebooted machine has none of the addresses that were set on it.
    settings
    mount_root
    # What systemd-nspawn of Debian 13 leaves behind when it is killed, and then does not start for.
    umount --lazy "/run/systemd/nspawn/unix-export/$name" 2>/dev/null || true
    rmdir "/run/systemd/nspawn/unix-export/$name" 2>/dev/null || true
    ip netns delete "$name" 2>/dev/null || true
    ip link delete "$(link)" 2>/dev/null || true
    ip netns add "$name"
    # shellcheck disable=SC2046
    mac=$(printf '02:42:%02x:%02x:%02x:%02x' $(echo "$ADDRESS" | tr . ' '))
    ip link add "$(link)" type veth peer name eth0 address "$mac" netns "$name"
    ip link set "$(link)" master lab0 up
    ip -n "$name" link set lo up
    ip -n "$name" address add "$ADDRESS/$PREFIX" broadcast + dev eth0
    ip -n "$name" link set eth0 up
    ip -n "$name" route add default via "$GATEWAY"
    ;;
release)
    settings
    ip netns delete "$name" 2>/dev/null || true
    ;;
start)
    systemctl start --no-block "$unit"
    ;;
stop)
    systemctl stop "$unit"
    ;;
kill | panic)
    # The network goes first, so that nothing of the end is heard: no connection is closed, no address given up.
    settings
    silence
    end
    ;;
pause)
    systemctl freeze "$unit"
    ;;
unpause)
    systemctl thaw "$unit"
    ;;
remove)
    if [ -d "$here" ]; then
        end
        umount "$here/root" 2>/dev/null || true
        rm -rf "$here" "/run/systemd/system/$unit.d"
    fi
    ;;
enter)
    shift 2
    exec nsenter --target "$(leader)" --all -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
    ;;
states)
    for here in "$home"/*/; do
        [ -e "$here/settings" ] || continue
        settings
        name=$(basename "$here")
        seen=$(systemctl show "lab-host@$name.service" --property=ActiveState --property=FreezerState --value | tr '\n' ' ')
        printf '%s\t%s\t%s\n' "$name" "$seen" "$SHAPE"
    done
    ;;
*)
    echo "lab-host: no verb $verb" >&2
    exit 2
    ;;
esac
