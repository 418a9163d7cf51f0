#!/bin/sh
case $1 in --list) echo '{"scr": {"hosts": ["s1","s2"], "vars": {"a": "{{b}}"}, "children": ["mm"]}, "plainlist": ["s3"], "solo": {"x": 1}, "_meta": {"hostvars": {"s1": {"z": true}}}}';; esac
