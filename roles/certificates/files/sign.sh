# Signs the request on standard input with the authority in directory $1 for $3 days. The names come from the task ($2), not from the request.
set -eu
umask 077
cd "$1"
extensions=$(mktemp)
trap 'rm -f "$extensions"' EXIT
printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth,clientAuth" "subjectAltName=$2" >"$extensions"
openssl x509 -req -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -days "$3" -extfile "$extensions"
