# Puts the key and the certificate of member $1 of directory $2 into one file, as ZooKeeper reads them. Prints "made" when that is new.
set -eu
umask 077
cd "$2"
{ openssl pkcs8 -topk8 -nocrypt -in "$1.key"; cat "$1.crt"; } >.new.pem
if cmp -s .new.pem "$1.pem"; then
    rm .new.pem
else
    chown zookeeper .new.pem
    mv .new.pem "$1.pem"
    echo made
fi
