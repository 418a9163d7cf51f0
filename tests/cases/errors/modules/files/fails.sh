#!/bin/sh
echo first
echo "no licence found" >&2
exit 4
