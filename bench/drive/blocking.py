#!/usr/bin/env python3
"""What handlers that block cost the others: how long 16 short conversations wait for an answer while some handlers keep their threads.

The server is bench/EchoServer in its mode "block", with and without its "inline".
"""
import selectors
import socket
import time

from common import Quiet, Server, options, program, table

TALKERS = 16
MILLISECONDS = 20
KINDS = {"default": [], "inline": ["inline"]}


def converse(port, blockers, seconds):
    """The times of the talkers' answers in seconds. Talkers send every 5 ms, blockers again as soon as they have their answer."""
    selector = selectors.DefaultSelector()
    now = time.perf_counter()
    waits, due, sent = [], {}, {}
    for number in range(TALKERS + blockers):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(peer, selectors.EVENT_READ, number >= TALKERS)
        if number < TALKERS:
            due[peer] = now + number * 0.005 / TALKERS
        else:
            peer.sendall(b"%d\n" % MILLISECONDS)
    end = now + seconds
    while now < end:
        for peer in [peer for peer, at in due.items() if at <= now]:
            del due[peer]
            sent[peer] = time.perf_counter()
            peer.sendall(b"0\n")
        for key, _ in selector.select(max(0, min(due.values(), default=now + 1) - time.perf_counter())):
            key.fileobj.recv(100)
            if key.data:
                key.fileobj.sendall(b"%d\n" % MILLISECONDS)
            else:
                waits.append(time.perf_counter() - sent.pop(key.fileobj))
                due[key.fileobj] = now + 0.005
        now = time.perf_counter()
    waits += [now - at for at in sent.values()]
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return sorted(waits)


def main():
    given = options(__doc__).parse_args()
    rows = []
    for blockers in (0, 1, 2, 8):
        for kind, arguments in KINDS.items():
            with Quiet(), Server(program("EchoServer") + ["{port}", "-", "block"] + arguments) as server:
                converse(server.port, 0, 1)  # for the JIT compiler
                waits = [wait for _ in range(given.rounds) for wait in converse(server.port, blockers, given.seconds)]
            waits.sort()
            rows.append((f"{blockers} that block, {kind}", len(waits), *(f"{1000 * waits[int((len(waits) - 1) * part)]:.2f}" for part in (0.5, 0.99, 1))))
    table(f"Answers beside handlers that block for {MILLISECONDS} ms at a time", ["handlers", "answers", "median ms", "99th percentile ms", "longest ms"], rows)


if __name__ == "__main__":
    main()
