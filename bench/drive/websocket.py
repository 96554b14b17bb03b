#!/usr/bin/env python3
"""Echo over WebSockets: our handler against a ConnectionHandler on the pipes, in CPU time of the server for an operation.

The servers are bench/WebSocketEchoServer, the load is bench/Client with ClientWebSocket, the same for all. Rounds are interleaved; medians count.
"""
from common import compare, options

KINDS = {
    "raw": "ConnectionHandler on MapConnectionHandler",
    "pipes": "StreamHandler on MapConnectionHandler",
    "streams": "StreamHandler on MapStreamHandler",
}

if __name__ == "__main__":
    compare(options(__doc__).parse_args(), "WebSocket", "WebSocketEchoServer", KINDS, "websocket")
