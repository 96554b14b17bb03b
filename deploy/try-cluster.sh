#!/usr/bin/env bash
# A chat of three nodes on this machine: RabbitMQ between them, HAProxy before them. Ctrl-C ends it all and leaves nothing.
#
#   deploy/try-cluster.sh                 builds the sample and runs it
#   deploy/try-cluster.sh WebHost.dll     runs one that is built
#
# The page is on port 8080 and the chat on 8890, unless PAGE_PORT and CHAT_PORT say otherwise; all else takes free ports. It needs .NET,
# rabbitmq-server and haproxy.
set -uo pipefail
here=$(dirname "$(realpath "$0")")
page=${PAGE_PORT:-8080} chat=${CHAT_PORT:-8890}
work=$(mktemp -d) || exit 1
declare -A pid=()
names=() own=()

fail() {
    echo "$1" >&2
    exit 1
}

finish() {
    trap '' INT TERM
    # The nodes first: each tells its users, and the broker what they had said.
    local name
    for name in "${names[@]}"; do [[ $name == node* ]] && end "$name"; done
    for name in "${names[@]}"; do [[ $name != node* ]] && end "$name"; done
    rm -rf "$work"
}

# Ends a program, by force when it takes too long.
end() {
    kill "${pid[$1]}" 2>/dev/null || return 0
    timeout 20 tail --pid="${pid[$1]}" -f /dev/null || pkill -KILL -P "${pid[$1]}" || kill -KILL "${pid[$1]}"
}

# start NAME PORT COMMAND...: runs it, and waits until it listens.
start() {
    local name=$1 port=$2
    shift 2
    "$@" </dev/null >"$work/$name.log" 2>&1 &
    pid[$name]=$! names+=("$name")
    local until=$((SECONDS + 120))
    until listens "$port"; do
        kill -0 "${pid[$name]}" 2>/dev/null || fail "$name has ended instead of listening on port $port. It said:"$'\n'"$(tail -n 20 "$work/$name.log")"
        ((SECONDS < until)) || fail "$name does not listen on port $port after two minutes. It said:"$'\n'"$(tail -n 20 "$work/$name.log")"
        sleep 0.1
    done
}

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port of which this one and the next two are free, below those that the kernel gives to clients.
free_port() {
    local port
    while port=$((20000 + RANDOM % 4000 * 3)); do
        listens "$port" || listens $((port + 1)) || listens $((port + 2)) || break
    done
    echo "$port"
}

node() {
    local name=$1 port=$2
    exec env Chat__Node="$name" Chat__Backplane="amqp://guest:guest@127.0.0.1:$broker" Urls="http://127.0.0.1:$port" ShutdownTimeoutSeconds=10 \
        Streams__Servers__chat__Endpoints__TCP__Url="tcp://127.0.0.1:$((port + 1))" \
        Streams__Servers__chat__Endpoints__TCP__ProxyProtocol__Enabled=true \
        Streams__Servers__chat__Endpoints__TLS__Url="tls://127.0.0.1:0" Streams__Servers__chat__Endpoints__Unix__Url="unix:$work/$name.sock" \
        Streams__Servers__tcp__Endpoints__Echo__Url="tcp://127.0.0.1:0" Streams__Servers__tls__Endpoints__Echo__Url="tls://127.0.0.1:0" \
        Streams__Servers__unix__Endpoints__Echo__Url="unix:$work/$name-echo.sock" \
        dotnet "$program"
}

PATH=$PATH:/usr/sbin
for needed in dotnet haproxy epmd; do command -v "$needed" >/dev/null || fail "$needed is missing: install .NET, haproxy and rabbitmq-server."; done
for port in "$page" "$chat"; do ! listens "$port" || fail "Port $port is taken: choose others, as in PAGE_PORT=8081 CHAT_PORT=8891 $0."; done
trap finish EXIT
trap 'exit 0' INT TERM

if (($# > 0)); then
    program=$1
else
    echo "Building the sample"
    dotnet build "$here/../sample/WebHost" --configuration Release --verbosity quiet || fail "The sample does not build."
    program=$here/../sample/WebHost/bin/Release/net10.0/Kestrel.Streams.Samples.WebHost.dll
fi

echo "Starting RabbitMQ"
broker=$(free_port)
mkdir "$work/rabbitmq"
start rabbitmq "$broker" "$here/rabbitmq.sh" "$work/rabbitmq" "$broker"
for number in 1 2 3; do
    echo "Starting node $number"
    port=$(free_port)
    export "PAGE_$number=127.0.0.1:$port" "CHAT_$number=127.0.0.1:$((port + 1))"
    start "node$number" "$port" node "web$number" "$port"
    own+=("http://127.0.0.1:$port")
done
echo "Starting HAProxy"
CHAT_LISTEN=127.0.0.1:$chat PAGE_LISTEN=127.0.0.1:$page ADMIN_SOCKET=$work/admin.sock start haproxy "$page" haproxy -db -f "$here/haproxy.cfg"

echo "The nodes' own pages, where they can be drained: ${own[*]}"
echo "The chat of three nodes: http://127.0.0.1:$page and nc 127.0.0.1 $chat. Ctrl-C ends it."
wait -n -p ended "${pid[@]}"
for name in "${names[@]}"; do [[ ${pid[$name]} != "$ended" ]] || fail "$name has ended. It said:"$'\n'"$(tail -n 20 "$work/$name.log")"; done
