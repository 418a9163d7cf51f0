#!/bin/sh
# Runs once at each start of the machine that holds a lab's hosts: the bridge they are on, the way out, and the system they share.
set -eu
# ADDRESS, PREFIX: this machine on the lab's network.
. /etc/lab/settings
sed -i '/pam_systemd/d' /etc/pam.d/common-session
sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
# Nobody may have loaded the driver yet.
modprobe virtio_net
tries=0
until [ -e /sys/class/net/eth0 ] && [ -e /sys/class/net/eth1 ]; do
    tries=$((tries + 1))
    [ "$tries" -le 300 ] || { echo 'the machine has no eth0 or eth1' >&2; exit 1; }
    sleep 0.2
done
# The control machine is on eth0; the bridge forwards at once, as nothing can loop here.
ip link add lab0 type bridge forward_delay 0 stp_state 0
ip link set eth0 master lab0 up
ip address add "$ADDRESS/$PREFIX" dev lab0
ip link set lab0 up
# eth1 is QEMU's user network: the way to package mirrors, without touching the control machine's firewall.
ip address add 10.0.2.15/24 dev eth1
ip link set eth1 up
ip route add default via 10.0.2.2
echo 'nameserver 10.0.2.3' > /etc/resolv.conf
nft -f - <<'RULES'
table ip lab {
    chain out {
        type nat hook postrouting priority srcnat
        oifname "eth1" masquerade
    }
}
RULES
mkdir -p /srv/lab/lower /srv/lab/hosts
mount -t ext4 -o ro,noload /dev/vdb /srv/lab/lower

# Automounts of the hosts.
modprobe autofs4

# Changes here need no new image.
cat > /run/systemd/system/lab-host@.service <<'UNIT'
[Unit]
Description=Lab host %i

[Service]
Type=notify
ExecStartPre=/usr/local/sbin/lab-host prepare %i
ExecStart=/usr/bin/systemd-nspawn --quiet --keep-unit --boot --machine=%i --directory=/srv/lab/hosts/%i/root \
    --network-namespace-path=/run/netns/%i --bind=/srv/lab/hosts/%i/docker:/var/lib/docker --capability=all \
    --bind=/dev/autofs --system-call-filter="@known" --link-journal=no --resolv-conf=off --timezone=off
ExecStopPost=-/usr/local/sbin/lab-host release %i
# A host sets the sysctls of its network (net.*); the others are those of all hosts. /sys shows its own interfaces.
Environment=SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
KillMode=mixed
TimeoutStartSec=10min
TimeoutStopSec=60
# systemd-nspawn ends with 133 when the host wants a reboot.
RestartForceExitStatus=133
SuccessExitStatus=133
Delegate=yes
TasksMax=16384
UNIT
systemctl daemon-reload
