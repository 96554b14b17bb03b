"""The other end of a connection, on asyncio streams.

    peer.py connect ADDRESS SECURITY TIMES SCENARIO [ARGUMENT...]
    peer.py listen  ADDRESS SECURITY TIMES SCENARIO [ARGUMENT...]

ADDRESS is tcp:PORT (on 127.0.0.1; 0 to have one picked) or unix:PATH. SECURITY is "plain", or Tls12 or Tls13, with "mutual-"
before it when both sides show a certificate, then ":FOLDER:NAME": where the certificates are and the name that the server's must
have. "connect" opens TIMES connections, and when all are
open plays the scenario in every one. "listen" prints where it listens and ends when it has played TIMES connections.
Ends with code 0 only when every scenario went as it should.
"""

import asyncio
import contextlib
import os
import ssl
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


async def open_one(network, where, tls):
    if network == "tcp":
        return await asyncio.open_connection("127.0.0.1", int(where), limit=LIMIT, **tls)
    return await asyncio.open_unix_connection(where, limit=LIMIT, **tls)


async def connect(network, where, security, times, scenario, arguments):
    tls = client_security(security)
    streams = await asyncio.gather(*(open_one(network, where, tls) for _ in range(times)))
    await asyncio.gather(*(play(scenario, arguments, *stream) for stream in streams))


async def listen(network, where, security, times, scenario, arguments):
    tls = server_security(security)
    ended = asyncio.Queue()

    async def accepted(reader, writer):
        try:
            await play(scenario, arguments, reader, writer)
            await ended.put(None)
        except Exception as error:
            await ended.put(error)

    if network == "tcp":
        server = await asyncio.start_server(accepted, "127.0.0.1", int(where), limit=LIMIT, **tls)
        print("listening", server.sockets[0].getsockname()[1], flush=True)
    else:
        server = await asyncio.start_unix_server(accepted, where, limit=LIMIT, **tls)
        print("listening", where, flush=True)

    for _ in range(times):
        error = await ended.get()
        if error is not None:
            raise error
    server.close()


def client_security(security):
    if security == "plain":
        return {}
    version, folder, name = security.split(":")
    context = tls_context(ssl.PROTOCOL_TLS_CLIENT, version, folder)
    if version.startswith("mutual"):
        context.load_cert_chain(os.path.join(folder, "client.pem"))
    return {"ssl": context, "server_hostname": name}


def server_security(security):
    if security == "plain":
        return {}
    version, folder, _ = security.split(":")
    context = tls_context(ssl.PROTOCOL_TLS_SERVER, version, folder)
    context.load_cert_chain(os.path.join(folder, "server.pem"))
    if version.startswith("mutual"):
        context.verify_mode = ssl.CERT_REQUIRED
    return {"ssl": context}


def tls_context(side, version, folder):
    context = ssl.SSLContext(side)
    context.load_verify_locations(os.path.join(folder, "authority.pem"))
    only = ssl.TLSVersion.TLSv1_2 if version.endswith("Tls12") else ssl.TLSVersion.TLSv1_3
    context.minimum_version = context.maximum_version = only
    return context


async def main(side, address, security, times, scenario, *arguments):
    network, _, where = address.partition(":")
    run = {"connect": connect, "listen": listen}[side]
    scenario = getattr(scenarios, scenario)
    await asyncio.wait_for(run(network, where, security, int(times), scenario, arguments), 60)


asyncio.run(main(*sys.argv[1:]))
