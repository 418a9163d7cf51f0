# Says whether the certificate $2/$1.crt is good for $4 more days, fits its key and has the names $3 (sorted, joined by commas).
# Standard input: the authority's certificate. Prints "good", or what is not.
cd "$2" 2>/dev/null || { echo "no directory"; exit 0; }
[ -s "$1.crt" ] && [ -s "$1.key" ] || { echo missing; exit 0; }
authority=$(mktemp) || exit 2
trap 'rm -f "$authority"' EXIT
cat >"$authority"
openssl verify -CAfile "$authority" "$1.crt" >/dev/null 2>&1 || { echo "not of this authority, or ended"; exit 0; }
openssl verify -x509_strict -CAfile "$authority" "$1.crt" >/dev/null 2>&1 || { echo "not strictly of RFC 5280"; exit 0; }
openssl x509 -in "$1.crt" -noout -checkend $(($4 * 86400)) >/dev/null || { echo "ends within $4 days"; exit 0; }
[ "$(openssl x509 -in "$1.crt" -noout -pubkey)" = "$(openssl pkey -in "$1.key" -pubout)" ] || { echo "does not fit its key"; exit 0; }
names=$(openssl x509 -in "$1.crt" -noout -ext subjectAltName | sed -n 's/IP Address:/IP:/g; s/ //g; /DNS:\|IP:/p' | tr , '\n' | sort | paste -s -d ,)
[ "$names" = "$3" ] || { echo "has the names $names"; exit 0; }
echo good
