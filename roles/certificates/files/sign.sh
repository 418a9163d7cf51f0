# Signs the request on standard input with the authority in directory $1 for $3 days. The names come from the task ($2), not from the request.
set -eu
umask 077
cd "$1"
extensions=$(mktemp)
trap 'rm -f "$extensions"' EXIT
# The identifiers are in RFC 5280, 4.2.1; OpenSSL adds them by itself from 3.2 on, and programs in Python 3.13 refuse a certificate without.
printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "extendedKeyUsage=serverAuth,clientAuth" \
    "subjectKeyIdentifier=hash" "authorityKeyIdentifier=keyid" "subjectAltName=$2" >"$extensions"
openssl x509 -req -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -days "$3" -extfile "$extensions"
