#!/bin/sh
# Verifies units that are not installed yet. Standard input: files, each begun by a line ">>> NAME".
# The first argument "forecast" (check mode) forgives programs that an earlier step would have installed.
# Leaves nothing behind. Status 0: all sound; 1: the complaints are on standard error.
set -u
mode=${1:-real}
absent='is not executable: No such file or directory'
stage=$(mktemp -d /run/muster-units.XXXXXX) || exit 2
trap 'rm -rf "$stage" "$stage.out"' EXIT
trap 'exit 2' HUP INT TERM

# What stands before the first name belongs to no file.
file=/dev/null
while IFS= read -r line; do
    case $line in
        '>>> '*)
            file=$stage/${line#>>> }
            mkdir -p "${file%/*}"
            : >"$file"
            ;;
        *) printf '%s\n' "$line" >>"$file" ;;
    esac
done

cd "$stage" || exit 2
set --
for file in *.d/*.conf; do
    [ -e "$file" ] || continue
    unit=${file%%.d/*}
    [ -e "$unit" ] && continue
    # A drop-in is checked together with the unit it changes; where that is not installed, with the least one of its kind.
    if ! systemctl cat "$unit" >/dev/null 2>&1; then
        case $unit in
            *.service) printf '[Service]\nExecStart=/bin/true\n' >"$unit" ;;
            *) continue ;;
        esac
    else
        set -- "$@" "$unit"
    fi
done
for file in *; do
    [ -f "$file" ] && set -- "$@" "$stage/$file"
done
[ $# -eq 0 ] && exit 0

# The tool ends with 0 for an unknown or malformed setting, so what it says of our files counts as well.
# Units that generators made are named by others: the default path has none of them.
paths=$(systemd-analyze unit-paths 2>/dev/null | tr '\n' :)
SYSTEMD_UNIT_PATH="$stage:$paths" systemd-analyze verify --man=no "$@" >"$stage.out" 2>&1
status=$?
said=$(cat "$stage.out")
if [ "$mode" = forecast ] && printf '%s\n' "$said" | grep -q "$absent"; then
    said=$(printf '%s\n' "$said" | grep -v "$absent")
    printf '%s\n' "$said" | grep -q 'bad unit file setting' || status=0
fi
ours=$(printf '%s\n' "$said" | grep -F "$stage/")
if [ "$status" -ne 0 ] || [ -n "$ours" ]; then
    printf '%s\n' "${ours:-$said}" | sed "s|$stage/||g" >&2
    exit 1
fi
exit 0
