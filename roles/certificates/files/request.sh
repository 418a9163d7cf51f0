# Makes the key $2/$1.key of owner $4 unless it is there, and prints a request for common name $3.
set -eu
umask 077
cd "$2"
if [ ! -s "$1.key" ]; then
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key.new"
    chown "$4" "$1.key.new"
    mv "$1.key.new" "$1.key"
fi
openssl req -new -key "$1.key" -subj "/CN=$3"
