# Says what stands in the way of a node, one line each. $1: real, or forecast, where what an earlier step would have mended is no obstacle. $2: another root, for tests.
# From the environment: NODE (its name, put before each line), CONTROL_PLANE, STACKED, PORT, SOCKET, DRIVER, SWAP, SYSCTLS, IGNORE (names of kubeadm's own checks).
set -u
root=${2:-}
ignored() { case " $IGNORE " in *" $1 "* | *" all "*) return 0 ;; *) return 1 ;; esac; }
say() { echo "$NODE: $1"; }
mended() { [ "$1" = forecast ]; }

if [ "$SWAP" = off ] && ! mended "$1" && ! ignored Swap; then
    tail -n +2 "$root/proc/swaps" | while read -r name _; do say "swap is on ($name)"; done
fi
printf '%s\n' "$SYSCTLS" | while IFS= read -r pair; do
    [ -n "$pair" ] || continue
    file="$root/proc/sys/$(echo "${pair%%=*}" | tr . /)"
    if [ ! -e "$file" ]; then
        mended "$1" || say "the kernel has no ${pair%%=*}: is its module there (br_netfilter for net.bridge)?"
    elif ! mended "$1" && [ "$(tr '\t' ' ' <"$file")" != "${pair#*=}" ]; then
        say "${pair%%=*} is $(cat "$file"), not ${pair#*=}"
    fi
done
if [ -n "$CONTROL_PLANE" ]; then
    [ "$(nproc)" -ge 2 ] || ignored NumCPU || say "a control plane wants 2 processors, there is $(nproc)"
    memory=$(awk '/^MemTotal/ {print int($2 / 1024)}' "$root/proc/meminfo")
    [ "$memory" -ge 1700 ] || ignored Mem || say "a control plane wants 1700 MB of memory, there are $memory"
fi
for program in ip iptables mount nsenter; do
    mended "$1" || command -v "$program" >/dev/null || say "there is no program $program"
done
if [ -S "$root$SOCKET" ]; then
    # Both must make cgroups the same way, or pods are killed under load.
    case "$SOCKET" in
        */containerd.sock)
            has=$(containerd config dump 2>/dev/null | awk -F= '/SystemdCgroup/ {gsub(/[ \t]/, "", $2); print $2; exit}')
            [ "$has" = true ] && has=systemd || has=cgroupfs ;;
        */cri-dockerd.sock) has=$(docker info --format '{{.CgroupDriver}}' 2>/dev/null) ;;
        *) has= ;;
    esac
    [ -z "$has" ] || [ "$has" = "$DRIVER" ] || say "the runtime makes cgroups by $has, kubelet by $DRIVER: set containerd_cgroup_driver (or Docker's) and kubeadm_cgroup_driver alike"
else
    mended "$1" || say "no container runtime listens at $SOCKET"
fi
# On a node they are kubelet's and the API server's own.
[ -e "$root/etc/kubernetes/kubelet.conf" ] && exit 0
ports=10250
[ -z "$CONTROL_PLANE" ] || ports="$PORT 10257 10259 $ports"
[ -z "$CONTROL_PLANE" ] || [ -z "$STACKED" ] || ports="$ports 2379 2380"
for port in $ports; do
    ignored "Port-$port" && continue
    listener=$(ss -Hltnp "sport = :$port" | grep -o '"[^"]*"' | head -n 1)
    [ -z "$listener" ] || say "port $port is taken by $listener"
done
exit 0
