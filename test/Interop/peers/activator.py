"""Holds listening sockets and starts a program with them, again and again, as a service manager does.

    activator.py SOCKET... -- PROGRAM ARGUMENT...

A SOCKET is NAME=PORT (on 127.0.0.1, 0 for any) or NAME=PATH. The program gets them from descriptor 3 on, with the variables of systemd.
It prints the place of each, and then does what it reads: "start", and "stop", which prints the exit code of the program.
"""
import os
import signal
import socket
import sys


def listen(place):
    if place.startswith('/'):
        held = socket.socket(socket.AF_UNIX)
        held.bind(place)
    else:
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(('127.0.0.1', int(place)))
    held.listen()
    return held


def start(program, names, sockets):
    process = os.fork()
    if process:
        return process
    # Out of the way of the numbers they are to have.
    moved = [os.dup2(held.fileno(), 100 + place, inheritable=False) for place, held in enumerate(sockets)]
    for place, copy in enumerate(moved):
        os.dup2(copy, 3 + place)
    variables = dict(os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets)), LISTEN_FDNAMES=':'.join(names))
    os.execvpe(program[0], program, variables)


def main():
    split = sys.argv.index('--')
    names, places = zip(*(argument.split('=', 1) for argument in sys.argv[1:split]))
    sockets = [listen(place) for place in places]
    for held in sockets:
        name = held.getsockname()
        print(name if isinstance(name, str) else name[1], flush=True)
    process = None
    for line in sys.stdin:
        if line == 'start\n':
            process = start(sys.argv[split + 1:], names, sockets)
        elif line == 'stop\n':
            os.kill(process, signal.SIGTERM)
            print('ended with', os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
            process = None
    if process:
        os.kill(process, signal.SIGKILL)


main()
