#!/usr/bin/env python3
"""Echo over TLS: our server against SslStream by hand, in CPU time of the server for an operation.

The servers are bench/TlsEchoServer, the load is bench/Client with SslStream, the same for all. Rounds are interleaved; medians count.
"""
from common import Server, interleave, options, program, table, talk

KINDS = {"sslstream": "SslStream, bytes", "pipereader": "SslStream and PipeReader, lines", "streams": "Kestrel.Streams"}
WORKLOADS = {
    "ping-pong, 1 connection, lines of 64 bytes": {},
    "ping-pong, 64 connections, lines of 64 bytes": {"connections": 64},
    "pipelined, 64 connections, 16 lines of 64 bytes": {"connections": 64, "depth": 16},
    "bulk, 16 connections, lines of 16 KiB": {"connections": 16, "size": 16384},
}


def main():
    given = options(__doc__).parse_args()
    servers = {}
    try:
        for kind in KINDS:
            servers[kind] = Server(program("TlsEchoServer") + ["{port}", kind])
            talk("tls", servers[kind], 2, 0, connections=16)  # for the JIT compiler
        for title, load in WORKLOADS.items():
            found = interleave(given.rounds, list(KINDS), lambda kind: talk("tls", servers[kind], given.seconds, given.warmup, **load))
            base = found["sslstream"]
            table(f"TLS {title}", ["server", "server CPU µs/op", "ratio", "ops/s", "ratio"],
                  [(KINDS[kind], f"{row['server_us']:.2f}", f"{row['server_us'] / base['server_us']:.2f}",
                    f"{row['ops_s']:.0f}", f"{row['ops_s'] / base['ops_s']:.2f}") for kind, row in found.items()])
    finally:
        for server in servers.values():
            server.stop()


if __name__ == "__main__":
    main()
