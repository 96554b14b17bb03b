#!/usr/bin/env bash
# Builds everything with warnings as errors, checks the formatting and runs every test project.
#
#   ./test.sh                          all of it
#   ./test.sh --filter ReadLine        the arguments go to dotnet test; no formatting check
#
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when nothing failed.
# The interop tests talk to the programs of install_peers. As root, with apt-get, the missing ones are installed; else the tests
# that need them are skipped, or fail where CI is set. FAILED_BEFORE is a number of checks that failed already and count as failures.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
exec </dev/null
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

passed=0 failed=${FAILED_BEFORE:-0} skipped=0
results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    exit "$((failed > 0))"
}

install_peers() {
    local missing=() program PATH=$PATH:/usr/sbin
    # The package has the name of the program, unless another one is given.
    for program in python3 socat openssl gnutls-cli=gnutls-bin curl swaks redis-server redis-cli=redis-tools redis-benchmark=redis-tools memcached vsftpd haproxy rabbitmq-server systemd-socket-activate=systemd chromium gcc ip=iproute2 tc=iproute2 strace prlimit=util-linux mount; do
        command -v "${program%=*}" >/dev/null || missing+=("${program#*=}")
    done
    [[ "$(nc -h 2>&1)" == *OpenBSD* ]] || missing+=(netcat-openbsd)
    # swaks only recommends what it needs for TLS.
    perl -MNet::SSLeay -e 1 2>/dev/null || missing+=(libnet-ssleay-perl)
    # What a native program is linked with.
    [[ -f /usr/include/stdlib.h ]] || missing+=(libc6-dev)
    [[ -f /usr/include/zlib.h ]] || missing+=(zlib1g-dev)
    ((${#missing[@]} > 0)) || return
    if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        echo "Missing and not installed (that takes root and apt-get): ${missing[*]}"
        return
    fi

    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # The programs are wanted, and no service that a package would start.
    local policy=/usr/sbin/policy-rc.d made=
    [[ -e $policy ]] || { made=$policy && printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; }
    local install=(apt-get install -y --no-install-recommends "${missing[@]}")
    # The package lists are fetched only when the ones that are there do not do.
    "${install[@]}" >"$results/apt" 2>&1 || { apt-get update && "${install[@]}"; } >>"$results/apt" 2>&1 || cat "$results/apt"
    [[ -z $made ]] || rm -f "$made"
}

# The number in one attribute of the <Counters> of a trx file.
count() { sed -n "s/.*<Counters .*\b$1=\"\([0-9]*\)\".*/\1/p" "$2"; }

# Name and reason of every skipped test in a trx file.
list_skipped() {
    awk '
        /<UnitTestResult / { name = /outcome="NotExecuted"/ ? $0 : ""; sub(/.* testName="(Kestrel\.Streams\.Tests\.)?/, "", name); sub(/" .*/, "", name) }
        /<Message>/ && name != "" { sub(/.*<Message>/, ""); sub(/<\/Message>.*/, ""); print "  skipped: " name ": " $0; name = "" }
    ' "$1" | sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g' | sort
}

run_project() {
    local name trx status=0 total=0 ran=0 ok=0 bad=0
    name=$(basename "$1" .csproj)
    trx=$results/$name.trx
    timeout --foreground --kill-after=30s 20m \
        dotnet test "$1" --configuration Release --no-build --results-directory "$results" --logger "trx;LogFileName=$name.trx" \
        --blame-hang-timeout 5m --blame-hang-dump-type none "${@:2}" >"$results/log" 2>&1 || status=$?
    if [[ -f $trx ]]; then
        total=$(count total "$trx") ran=$(count executed "$trx") ok=$(count passed "$trx")
        bad=$((ran - ok))
    fi

    # A project that lost its tests, and a test host that crashed or was ended for hanging, must not look like success.
    if ((total == 0 && $# == 1)); then echo "$name has no test." >>"$results/log" && bad=1; fi
    if ((bad == 0 && status != 0)); then echo "$name ended with code $status." >>"$results/log" && bad=1; fi
    if ((bad > 0)); then cat "$results/log"; fi
    echo "$name: $ok passed, $bad failed, $((total - ran)) skipped"
    if ((total > ran)); then list_skipped "$trx"; fi
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + total - ran))
}

# The load test holds 11,500 descriptors in a process; .NET raises its own limit up to the hard one.
if [[ $(ulimit -Hn) != unlimited ]] && (($(ulimit -Hn) < 25000)); then ulimit -n 25000 2>/dev/null || true; fi

install_peers

if ! dotnet build Kestrel.Streams.sln --configuration Release --verbosity quiet -warnaserror; then
    echo "The build failed: no test was run."
    failed=$((failed + 1))
    finish
fi

if (($# == 0)); then
    if dotnet format Kestrel.Streams.sln --verify-no-changes --no-restore; then
        echo "Formatting: as .editorconfig says"
    else
        echo "Formatting: run dotnet format"
        failed=$((failed + 1))
    fi
fi

for project in test/*/*.csproj; do
    run_project "$project" "$@"
done

if ((passed + failed + skipped == 0)); then
    echo "No test was run."
    failed=1
fi
finish
