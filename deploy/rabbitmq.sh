#!/usr/bin/env bash
# Runs a RabbitMQ on loopback as an ordinary process, with all that is its own in one folder: no service, no user, nothing in /var.
#
#   deploy/rabbitmq.sh FOLDER PORT      also uses the two ports after it; ends on SIGTERM, and SIGKILL of it alone leaves the broker
#
# Debian's package is made for one broker a machine, run by its own user. This is for development and tests: guest may do everything, from
# loopback only. Started again with the same folder it has what it had.
set -euo pipefail

folder=$(realpath "$1") port=$2
server=/usr/lib/rabbitmq/bin/rabbitmq-server
[[ -x $server ]] || { echo "There is no $server: install rabbitmq-server." >&2; exit 1; }

export HOME=$folder
# Nothing of the machine's own broker.
export RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE=$folder/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=$folder/plugins
export RABBITMQ_MNESIA_BASE=$folder/data RABBITMQ_LOG_BASE=$folder RABBITMQ_LOGS=- RABBITMQ_PID_FILE=$folder/pid
export RABBITMQ_NODENAME=chat-$port@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$port
export ERL_EPMD_PORT=$((port + 1)) ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_DIST_PORT=$((port + 2))
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
printf 'log.console.level = warning\n' >"$RABBITMQ_CONFIG_FILE"
printf '[].\n' >"$RABBITMQ_ENABLED_PLUGINS_FILE"

# Erlang would start its name server by itself, and leave it behind.
epmd -port "$ERL_EPMD_PORT" &
epmd=$!
trap 'kill "$epmd" 2>/dev/null && wait "$epmd" || true' EXIT
"$server" &
broker=$!
trap 'kill "$broker" 2>/dev/null || true' TERM INT
# A signal ends the first wait; the second one is for the broker's own end.
code=0
wait "$broker" || code=$?
wait "$broker" 2>/dev/null || true
exit "$code"
