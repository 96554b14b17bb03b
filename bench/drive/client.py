#!/usr/bin/env python3
"""Clients of a line echo: ours against a Socket by hand, in CPU time of the client for an operation.

All talk to one server: bench/EchoServer, or the command of --server with {port} in it. Rounds are interleaved; medians count.
"""
import shlex

from common import Server, interleave, options, program, table, talk

KINDS = {"socket": "Socket by hand", "streams": "Kestrel.Streams, Write and BorrowLineAsync", "streams-owned": "Kestrel.Streams, WriteAsync and ReadLineAsync"}
WORKLOADS = {
    "ping-pong, 1 connection": {},
    "ping-pong, 64 connections": {"connections": 64},
    "pipelined, 1 connection, 16 lines": {"depth": 16},
    "pipelined, 64 connections, 16 lines": {"connections": 64, "depth": 16},
}


def main():
    parser = options(__doc__)
    parser.add_argument("--server", help="the command of an echo server, with {port} in it")
    given = parser.parse_args()
    command = shlex.split(given.server) if given.server else program("EchoServer") + ["{port}", "-", "echo"]
    with Server(command) as server:
        talk("socket", server, 2, 0, connections=16)  # for a JIT compiler
        for title, load in WORKLOADS.items():
            found = interleave(given.rounds, list(KINDS), lambda kind: talk(kind, server, given.seconds, given.warmup, **load))
            base = found["socket"]
            table(f"Client {title}", ["client", "client CPU µs/op", "ratio", "ops/s", "ratio"],
                  [(KINDS[kind], f"{row['client_us']:.2f}", f"{row['client_us'] / base['client_us']:.2f}",
                    f"{row['ops_s']:.0f}", f"{row['ops_s'] / base['ops_s']:.2f}") for kind, row in found.items()])


if __name__ == "__main__":
    main()
