#!/usr/bin/env bash
# Install what the full test suite needs beside Python: Java and Maven for Apache Kafka, Chromium for the screenshot test.
set -euo pipefail
packages=()
command -v java >/dev/null || packages+=(openjdk-17-jre-headless)
command -v mvn >/dev/null || packages+=(maven)
command -v chromium >/dev/null || packages+=(chromium)
fc-list 2>/dev/null | grep -qi -E 'noto.*cjk|wqy' || packages+=(fonts-wqy-zenhei)
[ ${#packages[@]} = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "system: installing ${packages[*]} with apt-get"
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null; then
        exit 0
    fi
fi
echo "system: NOT INSTALLED: ${packages[*]}. Tests that need them are skipped; with CI set that is a failure." >&2
[ -z "${CI:-}" ]
