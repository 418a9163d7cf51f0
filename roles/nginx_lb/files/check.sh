# In: the candidate ($0), the place it is meant for ($1), the text of the other file ($2, may be empty) and its place ($3).
# Out: what `nginx -t` says of the whole configuration with both in their places, before either is.
set -e
home=/etc/nginx
whole=$(mktemp -d)
trap 'rm -rf "$whole"' EXIT
cp "$home/nginx.conf" "$whole/main.conf"
for each in "$home"/*; do ln -s "$each" "$whole/"; done
rm "$whole/nginx.conf"

# In: a place. Makes its folder anew as candidates/, without the file that is there now.
instead() {
    folder=$(dirname "$1")
    if ! grep -Eq "^[[:space:]]*include[[:space:]]+$folder/\*\.conf;" "$home/nginx.conf"; then
        echo "$home/nginx.conf does not include $folder/*.conf, so nothing there would take effect" >&2
        exit 1
    fi
    candidates="$whole/candidates$folder"
    mkdir -p "$candidates"
    for each in "$folder"/*; do
        [ ! -e "$each" ] || [ "$each" = "$1" ] || ln -s "$each" "$candidates/"
    done
    sed -i "s|$folder/|$candidates/|g" "$whole/main.conf"
}

instead "$1"
ln -s "$0" "$candidates/$(basename "$1")"
if [ -n "$2" ]; then
    instead "$3"
    cat > "$candidates/$(basename "$3")" << TEXT
$2
TEXT
fi
nginx -t -q -c "$whole/main.conf"
