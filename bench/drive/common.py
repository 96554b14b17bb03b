"""What the comparisons share: servers that are started and stopped, the client, interleaved rounds, tables."""
import argparse
import fcntl
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# What a server is asked to echo, by a name for people.
ECHO_WORKLOADS = {
    "ping-pong, 1 connection, lines of 64 bytes": {},
    "ping-pong, 64 connections, lines of 64 bytes": {"connections": 64},
    "pipelined, 64 connections, 16 lines of 64 bytes": {"connections": 64, "depth": 16},
    "bulk, 16 connections, lines of 16 KiB": {"connections": 16, "size": 16384},
}


def program(name):
    """The command of a bench program, as run.sh has built it."""
    return [f"{BENCH}/{name}/bin/Release/net10.0/{name}"]


def options(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    # Each client is a process of its own: by then its JIT compiler is done with the pipelined work of 64 connections, and not after 1 s.
    parser.add_argument("--warmup", type=float, default=4)
    parser.add_argument("--retries", type=int, default=1, help="repeat a run while others use 0.2 processors or more; the quietest counts")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers started here are stopped
    return parser


class Quiet:
    """One measuring run at a time, the peers' included, with idle CPUs that poll instead of halting: in a virtual machine a wake-up
    of a halted CPU costs more than a ping-pong. Where that is not allowed, the machine is left as it is."""

    def __enter__(self):
        self.lock = open("/tmp/bench.lock", "w")  # the one of the peers' run.py
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.awake = None
        try:
            self.awake = os.open("/dev/cpu_dma_latency", os.O_RDWR)
            os.write(self.awake, struct.pack("i", 0))
        except OSError:
            pass

    def __exit__(self, *_):
        if self.awake is not None:
            os.close(self.awake)
        self.lock.close()


class Server:
    """A process that listens on a port of 127.0.0.1; {port} in its command stands for it."""

    def __init__(self, command):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        words = [word.replace("{port}", str(self.port)) for word in command]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{' '.join(words)}: it does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def talk(kind, server, seconds, warmup, connections=1, depth=1, size=64):
    """One run of bench/Client: what its window has seen."""
    command = program("Client") + [kind, str(server.port), "--connections", str(connections), "--depth", str(depth), "--bytes", str(size),
                                   "--seconds", str(seconds), "--warmup", str(warmup), "--server", str(server.process.pid)]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=seconds + warmup + 60)
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {run.returncode}")
    return json.loads(run.stdout)


def interleave(given, names, measure):
    """Calls measure(name) for every name in each round, forth and back in turn, and returns the medians of its figures by name."""
    runs = {name: [] for name in names}
    for number in range(given.rounds):
        for name in in_turn(names, number):
            with Quiet():
                runs[name].append(quietest(given.retries, lambda: measure(name)))
    return {name: medians(rows) for name, rows in runs.items()}


def in_turn(names, number):
    """The names forth in one round, and back in the next."""
    return names if number % 2 == 0 else list(reversed(names))


def medians(rows):
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def quietest(retries, measure):
    """Of the runs during which other processes were at work the one with the least of that; most often the first one is quiet."""
    best = measure()
    for _ in range(retries):
        if best["foreign_cores"] < 0.2:
            break
        best = min(best, measure(), key=lambda run: run["foreign_cores"])
    return best


def table(title, columns, rows):
    """Prints a Markdown table; the first column is text, the others are numbers."""
    print(f"\n### {title}\n\n| {' | '.join(columns)} |\n|{' --- |' + ' --: |' * (len(columns) - 1)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def compare(given, title, server, kinds, client):
    """Puts the same load on a bench server of each kind and prints a table for each of ECHO_WORKLOADS; the first kind is the base.
    Each round has fresh processes: two of the same program can differ by a fifth for as long as they live."""
    runs = {name: {kind: [] for kind in kinds} for name in ECHO_WORKLOADS}
    for number in range(given.rounds):
        servers = {}
        try:
            for kind in kinds:
                servers[kind] = Server(program(server) + ["{port}", kind])
                talk(client, servers[kind], 4, 0, connections=16, depth=4)  # for the JIT compiler
            for name, load in ECHO_WORKLOADS.items():
                for kind in in_turn(list(kinds), number):
                    with Quiet():
                        runs[name][kind].append(quietest(given.retries, lambda: talk(client, servers[kind], given.seconds, given.warmup, **load)))
        finally:
            for started in servers.values():
                started.stop()
    for name, found in runs.items():
        found = {kind: medians(rows) for kind, rows in found.items()}
        base = found[next(iter(kinds))]
        table(f"{title} {name}", ["server", "server CPU µs/op", "ratio", "ops/s", "ratio", "used by others"],
              [(kinds[kind], f"{row['server_us']:.2f}", f"{row['server_us'] / base['server_us']:.2f}", f"{row['ops_s']:.0f}",
                f"{row['ops_s'] / base['ops_s']:.2f}", f"{row['foreign_cores']:.2f}") for kind, row in found.items()])
