#!/usr/bin/env python3
"""Cost as it grows: with connections that are open, and with the length of a line.

  operations   CPU time of the server for a ping-pong, 10 to 10,000 connections of which at most 64 are at work
  memory       resident memory of the server for each idle connection
  accept       connections a second (connect, one line, close) with none and with 10,000 others open
  line         a line that comes byte by byte, by its length

The server is bench/EchoServer, or the command of --server with {port} in it; the load is bench/Client. It opens 11,000 sockets.
"""
import glob
import json
import resource
import shlex
import socket
import subprocess
import tempfile
import time

from common import Quiet, Server, interleave, options, program, table, talk
from plot import plot

ACTIVE = 64
COUNTS = (10, 100, 1000, 10000)
MEMORY_COUNTS = (1000, 5000, 10000)
IP_BIND_ADDRESS_NO_PORT = 24


class Idle:
    """Connections that have had one echo each and are quiet since."""

    def __init__(self, server, count=0):
        self.server, self.open = server, []
        self.grow(count)

    def grow(self, count):
        while len(self.open) < count:
            idle = socket.socket()
            # An address of their own, and ports picked by the connect, so that they take no port from the connections of the load.
            idle.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            idle.bind(("127.0.0.2", 0))
            idle.settimeout(10)
            idle.connect(("127.0.0.1", self.server.port))
            idle.sendall(b"idle\n")
            if idle.recv(5) != b"idle\n":
                raise RuntimeError("an idle connection had no echo")
            self.open.append(idle)

    def close(self):
        for idle in self.open:
            idle.close()


def operations(command, given):
    servers = {count: Server(command) for count in COUNTS}
    crowds = []
    try:
        for count, server in servers.items():
            talk("socket", server, 2, 0, connections=16)  # for a JIT compiler
            crowds.append(Idle(server, max(0, count - ACTIVE)))
        found = interleave(given.rounds, list(COUNTS), lambda count: talk(
            "socket", servers[count], given.seconds, given.warmup, connections=min(count, ACTIVE)))
    finally:
        for crowd in crowds:
            crowd.close()
        for server in servers.values():
            server.stop()
    base = found[100]["server_us"]
    table("Ping-pong with more and more connections, at most 64 of them at work", ["connections", "server CPU µs/op", "to 100", "ops/s"],
          [(count, f"{row['server_us']:.2f}", f"{row['server_us'] / base:.2f}", f"{row['ops_s']:.0f}") for count, row in found.items()])
    return "CPU µs for an operation", "connections", [(count, row["server_us"]) for count, row in found.items()]


def memory(command, given):
    with Quiet(), Server(command) as server:
        talk("socket", server, 1, 0.5, connections=ACTIVE)
        time.sleep(1)  # until the JIT compiler's threads are done
        before = server.memory()
        crowd = Idle(server)
        found = []
        for count in MEMORY_COUNTS:
            crowd.grow(count)
            time.sleep(1)
            found.append((count, (server.memory() - before) / count))
        crowd.close()
    table("Memory of idle connections", ["connections", "bytes a connection"], [(count, f"{size:.0f}") for count, size in found])
    return "bytes for an idle connection", "idle connections", found


def accept(command, given):
    most = COUNTS[-1]
    with Server(command) as empty, Server(command) as full:
        servers = {0: empty, most: full}
        for server in servers.values():
            talk("churn", server, 2, 0, connections=8)
        Idle(empty, most).close()  # so that both have the same past
        crowd = Idle(full, most)
        found = interleave(given.rounds, list(servers), lambda count: talk("churn", servers[count], given.seconds, given.warmup, connections=8))
        crowd.close()
    table("Connect, one line, close", ["others open", "connections a second", "ratio", "server CPU µs", "ratio"],
          [(count, f"{row['ops_s']:.0f}", f"{row['ops_s'] / found[0]['ops_s']:.2f}", f"{row['server_us']:.1f}",
            f"{row['server_us'] / found[0]['server_us']:.2f}") for count, row in found.items()])
    return "connections accepted a second", "connections open", [(count, row["ops_s"]) for count, row in found.items()]


def line(command, given):
    with Quiet(), tempfile.TemporaryDirectory() as folder:
        subprocess.run(program("Micro") + ["--filter", "*LongLine*", "--job", "short", "--exporters", "json", "--artifacts", folder],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        with open(glob.glob(f"{folder}/results/*LongLine*.json")[0]) as report:
            benchmarks = json.load(report)["Benchmarks"]
    found = [(int(one["Parameters"].partition("=")[2]), one["Statistics"]["Median"] / 1e6) for one in benchmarks]
    table("A line that comes byte by byte", ["KiB", "ms", "ns a byte"], [(size, f"{ms:.2f}", f"{ms * 1e6 / size / 1024:.0f}") for size, ms in found])
    return "ms for a line that comes byte by byte", "KiB", found


PARTS = {"operations": operations, "memory": memory, "accept": accept, "line": line}


def main():
    parser = options(__doc__)
    parser.add_argument("--server", help="the command of an echo server, with {port} in it")
    parser.add_argument("--only", help="some parts, with commas between them")
    parser.add_argument("--plots", help="write a plot of each part into this folder")
    given = parser.parse_args()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))  # the server has it from here
    command = shlex.split(given.server) if given.server else program("EchoServer") + ["{port}", "-", "echo"]
    for name in given.only.split(",") if given.only else PARTS:
        title, unit, points = PARTS[name](command, given)
        if given.plots:
            plot(f"{given.plots}/{name}.svg", title, unit, points, logarithmic=name == "operations")


if __name__ == "__main__":
    main()
