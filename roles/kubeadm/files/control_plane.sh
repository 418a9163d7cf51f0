# Writes the manifests of this host's control plane anew from the configuration $1, and waits until its API server runs with its own and answers at the
# URL $2, $3 seconds at most. $4: another root, for tests.
set -eu
manifest=${4:-}/etc/kubernetes/manifests/kube-apiserver.yaml
server() { ss -Hltnp "sport = :${url##*:}" | grep -o 'pid=[0-9]*' | sort -u; }
url=$2
before=$(cat "$manifest")
old=$(server || :)
kubeadm init phase control-plane all --config "$1"
limit=$(($(date +%s) + $3))
late() { [ "$(date +%s)" -ge "$limit" ] && echo "the API server did not $1 within $2 seconds" >&2; }
# The old one answers until kubelet has seen the new manifest.
if [ "$(cat "$manifest")" != "$before" ]; then
    until new=$(server) && [ "$new" != "$old" ]; do
        late "start anew" "$3" && exit 1
        sleep 1
    done
fi
until kubectl --kubeconfig="${4:-}/etc/kubernetes/admin.conf" --server="$url" get --raw /readyz >/dev/null 2>&1; do
    late "come back" "$3" && exit 1
    sleep 1
done
