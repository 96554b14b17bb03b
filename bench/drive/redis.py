#!/usr/bin/env python3
"""sample/RespServer beside redis-server, with redis-benchmark: requests a second, and CPU time of the server for a request.

Both listen on the loopback and keep nothing on a disk. Each round has fresh processes, which take turns; medians count.
"""
import os
import resource
import socket
import subprocess
import time

from common import BENCH, Quiet, Server, in_turn, medians, options, quietest, table

SAMPLE = os.path.dirname(BENCH) + "/sample/RespServer/bin/Release/net10.0/Kestrel.Streams.Samples.RespServer"
SERVERS = {
    "redis-server": ["redis-server", "--port", "{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    "RespServer": [SAMPLE, "{port}"],
}
COMMANDS = {
    "PING": ["-t", "ping_mbulk"],
    "SET": ["-t", "set"],
    "GET": ["-t", "get"],
    "INCR": ["-t", "incr"],
    "LPUSH": ["-t", "lpush"],
    "LRANGE, 100 elements": ["LRANGE", "hundred", "0", "99"],  # its own -t lrange_100 fills the list among what is measured
}
DEPTHS = (1, 16)
CONNECTIONS = 50
TICKS = os.sysconf("SC_CLK_TCK")


def fill(server):
    with socket.create_connection(("127.0.0.1", server.port)) as peer:
        peer.sendall(b"RPUSH hundred" + b" xxx" * 100 + b"\r\n")
        if peer.recv(100) != b":100\r\n":
            raise RuntimeError("the list cannot be filled")


def cpu(server):
    """Seconds of a server's process, all of its threads together."""
    with open(f"/proc/{server.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def busy():
    """Seconds of all processes."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, softirq = map(int, stat.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def run(server, command, depth, requests):
    """One redis-benchmark: what it and the system have seen meanwhile."""
    before = time.monotonic(), busy(), cpu(server), children()
    benchmark = subprocess.run(["redis-benchmark", "-p", str(server.port), "-c", str(CONNECTIONS), "-P", str(depth), "-n", str(requests), "--csv"] + command,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    elapsed, all_of_them, ours, load = (now - then for now, then in zip((time.monotonic(), busy(), cpu(server), children()), before))
    rate = float(benchmark.stdout.splitlines()[-1].rsplit('","', 7)[1])
    return {"ops_s": rate, "server_us": ours / requests * 1e6, "foreign_cores": max(0, all_of_them - ours - load) / elapsed}


def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    given = options(__doc__).parse_args()
    runs = {}
    for number in range(given.rounds):
        servers = {}
        try:
            for name, command in SERVERS.items():
                servers[name] = Server(command)
                fill(servers[name])
            for title, command in COMMANDS.items():
                for depth in DEPTHS:
                    for name in in_turn(list(SERVERS), number):
                        with Quiet():
                            # The first run is for the JIT compiler, and tells how many requests fit into the window.
                            rate = run(servers[name], command, depth, 2000 * depth)["ops_s"]
                            rate = run(servers[name], command, depth, max(1000, int(rate * given.warmup / 2)))["ops_s"]
                            requests = max(1000, int(rate * given.seconds))
                            runs.setdefault((title, depth, name), []).append(
                                quietest(given.retries, lambda: run(servers[name], command, depth, requests)))
        finally:
            for server in servers.values():
                server.stop()
    rows = []
    for title in COMMANDS:
        for depth in DEPTHS:
            base, ours = (medians(runs[title, depth, name]) for name in SERVERS)
            rows.append((title, depth, f"{base['ops_s']:.0f}", f"{ours['ops_s']:.0f}", f"{ours['ops_s'] / base['ops_s']:.2f}",
                         f"{base['server_us']:.2f}", f"{ours['server_us']:.2f}", f"{ours['server_us'] / base['server_us']:.2f}",
                         f"{max(base['foreign_cores'], ours['foreign_cores']):.2f}"))
    table(f"{CONNECTIONS} connections of redis-benchmark",
          ["command", "pipelined", "redis-server, requests/s", "RespServer", "ratio", "redis-server, CPU µs a request", "RespServer", "ratio", "used by others"], rows)


if __name__ == "__main__":
    main()
