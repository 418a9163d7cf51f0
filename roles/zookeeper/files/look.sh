# Says what this member is: its number (an empty line for none), and a line "server NUMBER ADDRESS" for each that it knows.
# $1: data, $2: configuration. A number without data is none.
[ -d "$1/version-2" ] && cat "$1/myid" 2>/dev/null || echo
[ -d "$1/version-2" ] && sed -n 's/^server\.\([0-9]*\)=\([^:]*\):.*/server \1 \2/p' "$2" 2>/dev/null
exit 0
