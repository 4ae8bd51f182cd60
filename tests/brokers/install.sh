#!/bin/sh
# Gets the servers that the broker tests start: Redis, RabbitMQ and NATS from Debian, Kafka from Maven Central.
#
# As root on Debian it installs what is missing of redis-server, rabbitmq-server and nats-server with apt-get, which
# starts none of them now: a policy-rc.d says so meanwhile. Elsewhere it says what to install and goes on. Kafka's jars
# (40 MB) go to build/brokers/kafka, by Gradle. What can't be had is said, and its tests are skipped.
set -u
cd "$(dirname "$0")/../.."

POLICY=/usr/sbin/policy-rc.d
missing=

say() { printf '%s\n' "$*"; }

# need PROGRAM PACKAGE
need() {
    if ! PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null; then missing="$missing $2"; fi
}

install_packages() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "Missing:$missing. On Debian or Ubuntu: sudo apt-get install$missing. Without them their tests are skipped."
        return
    fi
    say "Installing Debian's$missing."
    if [ ! -e "$POLICY" ]; then
        trap 'rm -f "$POLICY"' EXIT
        trap 'exit 130' INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$POLICY" && chmod 755 "$POLICY"
    fi
    # One by one: a package that can't be had must not keep the others away.
    apt-get update -qq || say "apt-get could not read Debian's package lists."
    for package in $missing; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null ||
            say "apt-get could not install $package; its tests are skipped."
    done
}

bring_kafka() {
    into=$PWD/build/brokers/kafka
    if ls "$into"/kafka_*.jar >/dev/null 2>&1; then return; fi
    GRADLE=${GRADLE:-gradle} sh scripts/require.sh jdk gradle || { say 'Without them the tests of Kafka are skipped.'; return; }
    say "Getting Kafka's jars from Maven Central."
    "${GRADLE:-gradle}" --quiet --no-daemon --project-cache-dir "$PWD/build/brokers/gradle" -p tests/brokers/kafka -Pinto="$into" libraries ||
        say 'Kafka could not be had; its tests are skipped.'
}

need redis-server redis-server
need rabbitmq-server rabbitmq-server
need nats-server nats-server
if [ -n "$missing" ]; then install_packages; fi
bring_kafka
