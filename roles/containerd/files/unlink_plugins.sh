# Removes the links in directory $2 that lead to $1, and $2 itself if nothing is left in it. Prints what it removed.
set -eu
[ -d "$2" ] || exit 0
for link in "$2"/*; do
    [ -L "$link" ] || continue
    case "$(readlink "$link")" in
        "$1"/*) rm -f "$link" && echo "${link##*/}" ;;
    esac
done
rmdir "$2" 2>/dev/null || :
