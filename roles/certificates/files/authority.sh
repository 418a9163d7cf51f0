# Makes the authority in directory $1 with common name $2 for $3 days, unless there is one. Prints "made" when it did.
set -eu
umask 077
mkdir -p "$1"
cd "$1"
[ -s ca.crt ] && [ -s ca.key ] && exit 0
[ -s ca.key ] || { openssl ecparam -name prime256v1 -genkey -noout -out ca.key.new && mv ca.key.new ca.key; }
openssl req -x509 -new -key ca.key -days "$3" -subj "/CN=$2" -addext keyUsage=critical,keyCertSign,cRLSign -out ca.crt.new
mv ca.crt.new ca.crt
echo made
