"""What a peer does with one connection. Every scenario raises when the other end does not keep its part."""

import asyncio
import contextlib
import hashlib
import os
import socket
import struct
import sys


async def echo_lines(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()


async def hello(reader, writer):
    await send_and_expect(reader, writer, b"hello\n")


async def hello_and_farewell(reader, writer):
    """Stays until the other end ends the connection, with a last word."""
    await hello(reader, writer)
    print("greeted", flush=True)
    await expect(reader, b"farewell\n")
    await expect_end(reader)


async def pipeline(reader, writer, count):
    await send_and_expect(reader, writer, b"".join(b"line %d\n" % i for i in range(int(count))))


async def long_line(reader, writer, length):
    await send_and_expect(reader, writer, b"x" * int(length) + b"\n")


async def over_limit(reader, writer, length):
    writer.write(b"x" * int(length) + b"\nnext\n")
    await expect(reader, b"next\n")


async def pass_descriptors(reader, writer, count):
    """A receive of the other end stops at each line that passes a descriptor, with more behind it."""
    lines = [b"line %d\n" % i for i in range(int(count))]
    with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as sock:
        for i, line in enumerate(lines):
            socket.send_fds(sock, [line], [0] if i % 2 else [])
    await expect(reader, b"".join(lines))


async def byte_by_byte(reader, writer):
    line = b"one byte at a time\n"
    for i in range(len(line)):
        writer.write(line[i : i + 1])
        # Gives the byte time to travel alone; nothing is waited for.
        await asyncio.sleep(0.002)
    await expect(reader, line)


async def cut(reader, writer):
    """Sends a line and a piece of one, and then the end. TLS has no half of a connection to end: there it leaves."""
    writer.write(b"whole\npart")
    if writer.can_write_eof():
        writer.write_eof()
        await expect_end(reader)


async def send_all_then_read(reader, writer, size):
    """Sends, ends its sending, and only then takes everything back."""
    data = os.urandom(int(size))
    writer.write(data)
    writer.write_eof()
    back = await reader.read(-1)
    same(hashlib.sha256(data).hexdigest(), hashlib.sha256(back).hexdigest())


async def read_all_then_send(reader, writer):
    """Takes everything up to the end, and only then sends it back."""
    data = await reader.read(-1)
    print(hashlib.sha256(data).hexdigest(), flush=True)
    writer.write(data)
    await writer.drain()


async def send_and_read(reader, writer, size):
    """Sends, and takes the same back at the same time."""
    await send_and_expect(reader, writer, os.urandom(int(size)))


async def echo(reader, writer, size):
    """Sends back whatever comes, as it comes, up to this size."""
    left = int(size)
    while left > 0:
        data = await reader.read(65536)
        if not data:
            raise EOFError(f"{left} bytes are missing")
        left -= len(data)
        writer.write(data)
        await writer.drain()


async def send_and_leave(reader, writer, size):
    """Sends a mass of data, tells which, and closes at once."""
    data = os.urandom(int(size))
    writer.write(data)
    print(hashlib.sha256(data).hexdigest(), flush=True)


async def vanish(reader, writer):
    """Sends a line, and ends the connection below TLS: no farewell."""
    writer.write(b"last words\n")
    await writer.drain()
    end = writer.get_extra_info("socket").dup()
    end.shutdown(socket.SHUT_RDWR)
    end.close()
    # What the other end still says cannot be answered.
    with contextlib.suppress(OSError):
        await reader.read(-1)


async def reset_while_receiving(reader, writer):
    await reader.readexactly(64 * 1024)
    reset(writer)


async def reset_on_command(reader, writer):
    await told_to_go_on()
    reset(writer)


async def expect_reset(reader, writer):
    writer.write(b"go\n")
    try:
        data = await reader.read(-1)
    except ConnectionResetError:
        print("reset", flush=True)
    else:
        print("end after", len(data), "bytes", flush=True)


async def read_late(reader, writer, unread):
    """Asks, sends more than the other end will read, and takes the answer only when told to."""
    writer.transport.pause_reading()
    writer.write(b"go\n" + b"u" * int(unread))
    await told_to_go_on()
    writer.transport.resume_reading()
    answer = await reader.read(-1)
    print(hashlib.sha256(answer).hexdigest(), flush=True)


async def read_after_the_end(reader, writer):
    """Asks, and takes the answer only when it and the end have long come, and this end has answered the farewell of TLS."""
    writer.write(b"go\n")
    await told_to_go_on()
    print((await reader.read(-1)).decode(), flush=True)


async def leave(reader, writer):
    pass


async def leave_with_reset(reader, writer):
    reset(writer)


def reset(writer):
    """Over TCP the other end sees a reset; a Unix socket with unread data in it does the same by itself."""
    end = writer.get_extra_info("socket")
    if end.family != socket.AF_UNIX:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def told_to_go_on():
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


async def send_and_expect(reader, writer, data):
    """Sends in one go, and reads the same back while it is still sending."""
    writer.write(data)
    await expect(reader, data)


async def expect(reader, data):
    same(data, await reader.readexactly(len(data)))


async def expect_end(reader):
    same(b"", await reader.read(-1))


def same(expected, actual):
    if expected != actual:
        raise AssertionError(f"expected {len(expected)}: {expected[:60]!r}, got {len(actual)}: {actual[:60]!r}")
