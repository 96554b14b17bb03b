#!/usr/bin/env bash
# Builds the bench programs, measures ours against the alternatives and prints the tables.
#
#   bench/run.sh                    everything: about an hour
#   bench/run.sh --short            the same with one short round: a quarter of that, and figures to the nearest tenth at best
#   bench/run.sh tls client         some parts: peers pipes websocket tls client scaling blocking redis micro
#
# The alternatives are the peers, which are kept beside this repository: PEERS is their folder, ../shared/peers unless set, and
# ALTERNATIVES names those to run, with commas between them. scaling writes its plots into docs/plots, except in the short form.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
exec </dev/null
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 PYTHONDONTWRITEBYTECODE=1

PEERS=${PEERS:-../shared/peers}
export PEERS_BUILD=${PEERS_BUILD:-/tmp/peers-build}
ALTERNATIVES=${ALTERNATIVES:-dotnet-kestrel-raw,dotnet-tcplistener,dotnet-pipereader,go-bufio,c-epoll}

rounds=(--rounds 3) plots=(--plots docs/plots) benchmarks=('*Benchmarks*') parts=() failed=0
for argument in "$@"; do
    case $argument in
        --short) rounds=(--rounds 1 --seconds 1.5) plots=() benchmarks=('*Borrow*' '*Write*') ;;
        peers | pipes | websocket | tls | client | scaling | blocking | redis | micro) parts+=("$argument") ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" && exit 1 ;;
    esac
done
((${#parts[@]} > 0)) || parts=(peers pipes websocket tls client scaling blocking redis micro)

# A command of the peers' comparison for one of our servers.
server() { printf '%s=%q {port} {unix} {mode} %s' "$1" "$PWD/bench/$2/bin/Release/net10.0/$2" "${3:-}"; }

compare_peers() {
    if [[ ! -f $PEERS/run.py ]]; then
        echo "The peers are not in $PEERS, so ours are not compared with them. They are the folder of servers in other languages and libraries"
        echo "that comes with a run.py and a load generator; get it and say where it is: PEERS=/path/to/peers bench/run.sh"
        return
    fi

    if [[ ! -x $PEERS_BUILD/bin/load ]]; then "$PEERS/build.sh" || return; fi
    python3 "$PEERS/run.py" "${rounds[@]}" --server "$(server kestrel-streams EchoServer)" --server "$(server kestrel-streams-inline EchoServer inline)" \
        --server "$(server kestrel-streams-pipes PipeEchoServer)" "$@"
}

run_part() {
    printf '\n## %s\n' "$1"
    case $1 in
        peers) compare_peers --only "$ALTERNATIVES,kestrel-streams,kestrel-streams-inline" ;;
        pipes) compare_peers --only dotnet-kestrel-raw,kestrel-streams-pipes ;;
        websocket | tls | client | blocking | redis) python3 "bench/drive/$1.py" "${rounds[@]}" ;;
        scaling) python3 bench/drive/scaling.py "${rounds[@]}" "${plots[@]}" ;;
        micro) run_benchmarks ;;
    esac
}

# Under the lock of the other comparisons, so that nothing is measured beside it.
run_benchmarks() {
    local folder status
    folder=$(mktemp -d) || return
    flock /tmp/bench.lock bench/Micro/bin/Release/net10.0/Micro --job short --filter "${benchmarks[@]}" --artifacts "$folder" >"$folder/log"
    status=$?
    if ((status == 0)); then cat "$folder"/results/*-github.md; else cat "$folder/log"; fi
    rm -rf "$folder"
    return "$status"
}

for project in bench/*/*.csproj sample/RespServer/*.csproj; do
    output=$(dotnet build "$project" --configuration Release --verbosity quiet) || { echo "$output" && exit 1; }
done
for part in "${parts[@]}"; do
    run_part "$part" || failed=1
done
exit "$failed"
