#!/bin/sh
# Turns a lab host's system tree into one that a virtual machine starts from: kernel, small initrd, the unit that makes it the lab's machine.
set -eu
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod 0755 /usr/sbin/policy-rc.d
mkdir -p /etc/initramfs-tools/conf.d
printf 'MODULES=list\nCOMPRESS=gzip\n' > /etc/initramfs-tools/conf.d/lab
apt-get install --yes --no-install-recommends initramfs-tools
printf '%s\n' virtio_pci virtio_blk ext4 > /etc/initramfs-tools/modules
apt-get install --yes --no-install-recommends linux-image-cloud-amd64 systemd-container
rm -f /usr/sbin/policy-rc.d

cat > /etc/systemd/system/lab-machine.service <<'UNIT'
[Unit]
Description=This system is the machine that holds the lab's hosts
ConditionPathExists=/dev/vdc
DefaultDependencies=no
After=systemd-remount-fs.service systemd-udevd.service
Before=ssh.service network.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=true
# What is particular to one lab (keys, addresses, scripts) comes on a disk that is a tar archive.
ExecStart=/bin/tar --extract --file=/dev/vdc --directory=/ --no-same-owner
ExecStart=/usr/local/sbin/lab-machine

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable lab-machine.service
# Nothing here needs the machine's disks checked or its console watched.
systemctl mask e2scrub_all.timer fstrim.timer serial-getty@ttyS0.service dpkg-db-backup.timer
: > /etc/fstab
apt-get clean
