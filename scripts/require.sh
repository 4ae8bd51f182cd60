#!/bin/sh
# Makes sure that the tools named as arguments are there: python, venv, jdk, gradle, maven, curl, npm, postgresql, strace,
# chromium.
#
# All but Python and the JDK are installed when they are missing, where that can be done without a
# question: as root on Debian. Everywhere else a message says what to do.
set -eu

PYTHON=${PYTHON:-python3}
GRADLE=${GRADLE:-gradle}

fail() {
    printf 'Error: %s\n' "$*" >&2
    exit 1
}

# install PACKAGE MESSAGE: installs Debian's package, or fails with the message.
install() {
    if [ "$(id -u)" != 0 ] || [ ! -e /etc/debian_version ] || ! command -v apt-get >/dev/null; then
        fail "$2"
    fi
    echo "Installing Debian's $1."
    apt-get update -qq || fail "apt-get could not read Debian's package lists. $2"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" </dev/null >/dev/null ||
        fail "apt-get could not install $1. $2"
}

require_python() {
    command -v "$PYTHON" >/dev/null ||
        fail "Python 3.11 or newer is needed; there is no '$PYTHON'. Install it, or name one: make PYTHON=/path/to/python"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed; '$PYTHON' is $("$PYTHON" -V 2>&1). Name another: make PYTHON=/path/to/python"
}

has_venv() {
    # Debian splits ensurepip off; without it `python -m venv` fails only after half of its work.
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null
}

require_venv() {
    if has_venv; then return; fi
    package=$("$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    install "$package" "The venv module of '$PYTHON' is missing. On Debian or Ubuntu: sudo apt-get install $package"
    has_venv || fail "The venv module of '$PYTHON' is still missing: it isn't Debian's Python. Try make PYTHON=/usr/bin/python3"
}

require_jdk() {
    javac=${JAVA_HOME:+$JAVA_HOME/bin/}javac
    command -v "$javac" >/dev/null ||
        fail "A JDK 17 or newer is needed (a JRE has no compiler); there is no '$javac'. On Debian or Ubuntu: sudo apt-get install openjdk-17-jdk-headless. Elsewhere, set JAVA_HOME."
    # JAVA_TOOL_OPTIONS makes javac print other lines, too.
    found=$("$javac" -version 2>&1 | sed -n 's/^javac //p')
    major=${found%%[!0-9]*}
    [ "${major:-0}" -ge 17 ] ||
        fail "A JDK 17 or newer is needed; '$javac' is version ${found:-unknown}. Set JAVA_HOME to a newer one."
}

require_gradle() {
    if command -v "$GRADLE" >/dev/null; then return; fi
    install gradle "Gradle is needed to build the Java engine; there is no '$GRADLE'. On Debian or Ubuntu: sudo apt-get install gradle. Elsewhere see https://gradle.org/install (any version from 4.4.1)."
    command -v "$GRADLE" >/dev/null || fail "There is still no '$GRADLE'. Run make without GRADLE=… to use Debian's."
}

require_maven() {
    if command -v mvn >/dev/null; then return; fi
    install maven "Maven is needed to build a project that uses the Java libraries; there is no 'mvn'. On Debian or Ubuntu: sudo apt-get install maven."
}

require_curl() {
    if command -v curl >/dev/null; then return; fi
    install curl "curl is needed to run what the Spring Boot example's README shows. On Debian or Ubuntu: sudo apt-get install curl."
}

require_npm() {
    if command -v npm >/dev/null; then return; fi
    install npm "npm is needed to install Restate; there is no 'npm'. On Debian or Ubuntu: sudo apt-get install npm."
}

require_postgresql() {
    if command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then return; fi
    install postgresql "A PostgreSQL server is needed to measure what runs on one. On Debian or Ubuntu: sudo apt-get install postgresql."
}

require_strace() {
    if command -v strace >/dev/null; then return; fi
    install strace "strace is needed to count syncs and bytes. On Debian or Ubuntu: sudo apt-get install strace."
}

require_chromium() {
    if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then return; fi
    install chromium "Chromium is needed to use the dashboard in a browser; there is no 'chromium'. On Debian or Ubuntu: sudo apt-get install chromium."
}

for tool in "$@"; do
    "require_$tool"
done
