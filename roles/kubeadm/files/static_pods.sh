# Stops the control plane of this host ($1 = stop), until nothing listens on the ports $2 or $3 seconds are over, or starts it again (start).
# kubelet runs what lies in manifests/, so what must not run lies beside.
set -eu
cd /etc/kubernetes
away=muster/stopped
mkdir -p "$away"
if [ "$1" = start ]; then
    for each in "$away"/*.yaml; do [ ! -e "$each" ] || mv "$each" manifests/; done
    rmdir "$away"
    exit 0
fi
for name in kube-apiserver kube-controller-manager kube-scheduler etcd; do
    [ ! -e "manifests/$name.yaml" ] || mv "manifests/$name.yaml" "$away/"
done
limit=$(($(date +%s) + $3))
for port in $2; do
    while ss -Hltn "sport = :$port" | grep -q .; do
        [ "$(date +%s)" -lt "$limit" ] || { echo "port $port is still served after $3 seconds" >&2; exit 1; }
        sleep 1
    done
done
