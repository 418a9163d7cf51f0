# Prints what this host is in the cluster, as JSON: whether kubelet has an identity, whether a founding or a join broke off,
# whether an upgrade has closed the node for pods, and the versions. $1: another root, for tests.
set -u
root=${1:-}
versions=
add() { [ -z "$2" ] || versions="$versions${versions:+, }\"$1\": \"${2#v}\""; }
command -v kubeadm >/dev/null && add kubeadm "$(kubeadm version -o short 2>/dev/null)"
command -v kubelet >/dev/null && add kubelet "$(kubelet --version 2>/dev/null | sed 's/^Kubernetes //')"
joined=false
[ -s "$root/etc/kubernetes/kubelet.conf" ] && joined=true
unfounded=false
# One that kubeadm refused at once has left nothing.
for manifest in etcd kube-apiserver; do
    [ -e "$root/etc/kubernetes/muster/founding" ] && [ -e "$root/etc/kubernetes/manifests/$manifest.yaml" ] && unfounded=true
done
broken=false
[ -e "$root/etc/kubernetes/muster/joining" ] && broken=true
closed=false
[ -e "$root/etc/kubernetes/muster/closed" ] && closed=true
echo "{\"joined\": $joined, \"unfounded\": $unfounded, \"broken\": $broken, \"closed\": $closed, \"versions\": {$versions}}"
