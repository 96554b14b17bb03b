#!/usr/bin/env python3
"""Echo over TLS: our server against SslStream by hand, in CPU time of the server for an operation.

The servers are bench/TlsEchoServer, the load is bench/Client with SslStream, the same for all. Rounds are interleaved; medians count.
"""
from common import compare, options

KINDS = {"sslstream": "SslStream, bytes", "pipereader": "SslStream and PipeReader, lines", "streams": "Kestrel.Streams"}

if __name__ == "__main__":
    compare(options(__doc__).parse_args(), "TLS", "TlsEchoServer", KINDS, "tls")
