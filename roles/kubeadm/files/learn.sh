# Prints what this host is in the cluster, as JSON: whether kubelet has an identity, whether a join broke off,
# whether an upgrade has closed the node for pods, and the versions.
set -u
versions=
add() { [ -z "$2" ] || versions="$versions${versions:+, }\"$1\": \"${2#v}\""; }
command -v kubeadm >/dev/null && add kubeadm "$(kubeadm version -o short 2>/dev/null)"
command -v kubelet >/dev/null && add kubelet "$(kubelet --version 2>/dev/null | sed 's/^Kubernetes //')"
joined=false
[ -s /etc/kubernetes/kubelet.conf ] && joined=true
broken=false
[ -e /etc/kubernetes/muster/joining ] && broken=true
closed=false
[ -e /etc/kubernetes/muster/closed ] && closed=true
echo "{\"joined\": $joined, \"broken\": $broken, \"closed\": $closed, \"versions\": {$versions}}"
