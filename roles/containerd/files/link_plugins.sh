# Links the CNI plugins of directory $1 into $2, save those that are there already (a pod network's own wins). Prints what it linked.
set -eu
for plugin in "$1"/*; do
    [ -f "$plugin" ] && [ -x "$plugin" ] || continue
    [ -e "$2/${plugin##*/}" ] && continue
    ln -sfn "$plugin" "$2/${plugin##*/}"
    echo "${plugin##*/}"
done
