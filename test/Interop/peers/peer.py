"""The other end of a connection, on asyncio streams.

    peer.py connect ADDRESS TIMES SCENARIO [ARGUMENT...]
    peer.py listen  ADDRESS TIMES SCENARIO [ARGUMENT...]

ADDRESS is tcp:PORT (on 127.0.0.1; 0 to have one picked) or unix:PATH. "connect" opens TIMES connections, and when all are
open plays the scenario in every one. "listen" prints where it listens and ends when it has played TIMES connections.
Ends with code 0 only when every scenario went as it should.
"""

import asyncio
import contextlib
import sys

import scenarios

LIMIT = 2 * 1024 * 1024


async def play(scenario, arguments, reader, writer):
    try:
        await scenario(reader, writer, *arguments)
    finally:
        writer.close()
        # A reset that a scenario waited for shows up here once more.
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def open_one(network, where):
    if network == "tcp":
        return await asyncio.open_connection("127.0.0.1", int(where), limit=LIMIT)
    return await asyncio.open_unix_connection(where, limit=LIMIT)


async def connect(network, where, times, scenario, arguments):
    streams = await asyncio.gather(*(open_one(network, where) for _ in range(times)))
    await asyncio.gather(*(play(scenario, arguments, *stream) for stream in streams))


async def listen(network, where, times, scenario, arguments):
    ended = asyncio.Queue()

    async def accepted(reader, writer):
        try:
            await play(scenario, arguments, reader, writer)
            await ended.put(None)
        except Exception as error:
            await ended.put(error)

    if network == "tcp":
        server = await asyncio.start_server(accepted, "127.0.0.1", int(where), limit=LIMIT)
        print("listening", server.sockets[0].getsockname()[1], flush=True)
    else:
        server = await asyncio.start_unix_server(accepted, where, limit=LIMIT)
        print("listening", where, flush=True)

    for _ in range(times):
        error = await ended.get()
        if error is not None:
            raise error
    server.close()


async def main(side, address, times, scenario, *arguments):
    network, _, where = address.partition(":")
    run = {"connect": connect, "listen": listen}[side]
    scenario = getattr(scenarios, scenario)
    await asyncio.wait_for(run(network, where, int(times), scenario, arguments), 60)


asyncio.run(main(*sys.argv[1:]))
