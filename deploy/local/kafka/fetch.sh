#!/usr/bin/env bash
# Usage: fetch.sh PYTHON : resolve Apache Kafka's jars into var/kafka/libs and prove that a broker starts on them.
set -euo pipefail
cd "$(dirname "$0")/../../.."
libs=var/kafka/libs
if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
    echo "kafka: Java or Maven is missing; \`make system\` installs them as root" >&2
    exit 1
fi
if [ ! -e "$libs/.complete" ] || [ deploy/local/kafka/pom.xml -nt "$libs/.complete" ]; then
    echo "kafka: fetching Apache Kafka's jars through Maven into $libs"
    mvn -q -B -f deploy/local/kafka/pom.xml dependency:copy-dependencies
    touch "$libs/.complete"
fi
if [ ! -e "$libs/.proven" ] || [ "$libs/.complete" -nt "$libs/.proven" ]; then
    "$1" -m ets_kernel.embedded.apache_kafka check
    touch "$libs/.proven"
else
    echo "kafka: jars are in $libs and a broker has started on them"
fi
