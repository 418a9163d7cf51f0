# Turns swap off, now and at boot ($1 = off), or only says what it would do (look). Prints one line for each thing changed. $2: another root, for tests.
set -eu
root=${2:-}
act() { [ "$1" = off ]; }

tail -n +2 "$root/proc/swaps" | while read -r name _; do
    echo "swap on $name"
    if act "$1"; then swapoff "$name"; fi
done
if [ -f "$root/etc/fstab" ] && grep -Eq '^[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap[[:space:]]' "$root/etc/fstab"; then
    echo "swap in /etc/fstab"
    if act "$1"; then
        new=$(mktemp "$root/etc/fstab.XXXXXX")
        sed -E 's/^([^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap[[:space:]].*)$/# Off for Kubernetes: \1/' "$root/etc/fstab" >"$new"
        chmod --reference="$root/etc/fstab" "$new"
        mv "$new" "$root/etc/fstab"
    fi
fi
# Units that something else makes at boot, a partition table or zram for one: only a mask keeps them down.
for unit in $(systemctl list-unit-files --type=swap --no-legend --plain | awk '$2 != "masked" {print $1}') \
    $(systemctl list-units --all --type=swap --no-legend --plain | awk '$2 == "loaded" {print $1}'); do
    echo "$unit"
done | sort -u | while read -r unit; do
    echo "unit $unit"
    if act "$1"; then systemctl mask --now "$unit" >/dev/null 2>&1; fi
done
