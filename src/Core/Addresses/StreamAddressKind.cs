namespace Kestrel.Streams;

/// <summary>What a <see cref="StreamAddress"/> leads to.</summary>
internal enum StreamAddressKind
{
    /// <summary><c>tcp://host:port</c></summary>
    Tcp,

    /// <summary><c>tls://host:port</c></summary>
    Tls,

    /// <summary><c>unix:path</c> and <c>unix:@name</c></summary>
    Unix,

    /// <summary><c>fd:number</c>: a listening socket that this process has inherited.</summary>
    Descriptor,

    /// <summary><c>systemd:name</c>: a listening socket that systemd passes by name.</summary>
    Systemd,

    /// <summary><c>ws://...</c> and <c>wss://...</c></summary>
    WebSocket,
}
