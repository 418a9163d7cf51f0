# Renews the certificates of this control-plane host and has its static pods begin anew with them. $1: URL of its API server; $2: seconds until it must answer;
# $3: static_pods.sh.
set -eu
kubeadm certs renew all
# Whatever happens, the manifests come back.
trap 'sh -c "$3" static_pods.sh start' EXIT
sh -c "$3" static_pods.sh stop "${1##*:}" "$2"
trap - EXIT
sh -c "$3" static_pods.sh start
limit=$(($(date +%s) + $2))
until kubectl --kubeconfig=/etc/kubernetes/admin.conf --server="$1" get --raw /readyz >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$limit" ] || { echo "the API server did not come back within $2 seconds" >&2; exit 1; }
    sleep 1
done
