#!/bin/sh
# Checks a configuration of Prometheus that is not installed yet, and runs the tests of its rules.
# Standard input: files, each begun by a line ">>> NAME". Leaves nothing behind. Status 0: all sound; 1: the complaints are on standard error.
set -u
umask 077
stage=$(mktemp -d /run/muster-prometheus.XXXXXX) || exit 2
trap 'rm -rf "$stage"' EXIT
trap 'exit 2' HUP INT TERM
cd "$stage" || exit 2

# What stands before the first name belongs to no file.
file=/dev/null
while IFS= read -r line; do
    case $line in
        '>>> '*)
            file=${line#>>> }
            case $file in */*) mkdir -p "${file%/*}" ;; esac
            : >"$file"
            ;;
        *) printf '%s\n' "$line" >>"$file" ;;
    esac
done

refuse() {
    printf '%s\n' "$said" | sed "s|$stage/||g; /^$/d; /SUCCESS/d" >&2
    exit 1
}
said=$(promtool check config prometheus.yml 2>&1) || refuse
for file in tests/*.yml; do
    [ -e "$file" ] || continue
    said=$(promtool test rules "$file" 2>&1) || refuse
done
exit 0
