# Removes the configuration and the links that pod networks leave behind, which kubeadm does not. Prints what it removed.
for file in /etc/cni/net.d/*flannel* /etc/cni/net.d/*calico* /etc/cni/net.d/*cilium*; do
    [ ! -e "$file" ] || { rm -rf "$file" && echo "$file"; }
done
for link in cni0 flannel.1 vxlan.calico tunl0 cilium_host cilium_net cilium_vxlan kube-ipvs0; do
    [ ! -e "/sys/class/net/$link" ] || { ip link delete "$link" 2>/dev/null && echo "$link"; }
done
exit 0
