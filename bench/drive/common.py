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


def program(name):
    """The command of a bench program, as run.sh has built it."""
    return [f"{BENCH}/{name}/bin/Release/net10.0/{name}"]


def options(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--warmup", type=float, default=1)
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


def interleave(rounds, names, measure):
    """Calls measure(name) for every name in each round, forth and back in turn, and returns the medians of its figures by name."""
    runs = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else list(reversed(names)):
            with Quiet():
                runs[name].append(measure(name))
    return {name: {key: statistics.median(run[key] for run in rows) for key in rows[0]} for name, rows in runs.items()}


def table(title, columns, rows):
    """Prints a Markdown table; the first column is text, the others are numbers."""
    print(f"\n### {title}\n\n| {' | '.join(columns)} |\n|{' --- |' + ' --: |' * (len(columns) - 1)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)
