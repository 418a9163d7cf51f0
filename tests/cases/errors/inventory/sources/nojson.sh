#!/bin/sh
echo "{hello"
