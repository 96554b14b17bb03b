namespace Kestrel.Streams;

/// <summary>Which time of a connection is over.</summary>
internal enum ConnectionTimeout
{
    /// <summary><see cref="StreamServerOptions.IdleTimeout"/>.</summary>
    Idle,

    /// <summary><see cref="StreamServerOptions.ReadTimeout"/>.</summary>
    Read,

    /// <summary><see cref="StreamServerOptions.WriteTimeout"/>.</summary>
    Write,

    /// <summary><see cref="StreamServerOptions.MaxConnectionLifetime"/>.</summary>
    Lifetime,

    /// <summary><see cref="StreamServerOptions.ShutdownTimeout"/> after <see cref="Lifetime"/>.</summary>
    LifetimeGrace,
}

/// <summary>The timeouts in words.</summary>
internal static class ConnectionTimeoutText
{
    /// <summary>In one word, for metrics.</summary>
    public static string Word(this ConnectionTimeout timeout) => timeout switch
    {
        ConnectionTimeout.Idle => "idle",
        ConnectionTimeout.Read => "read",
        ConnectionTimeout.Write => "write",
        ConnectionTimeout.Lifetime => "lifetime",
        _ => "lifetime_grace",
    };

    /// <summary>What has happened, behind the name of the connection.</summary>
    public static string Describe(this ConnectionTimeout timeout, StreamServerOptions options) => timeout switch
    {
        ConnectionTimeout.Idle => $"has brought nothing for {options.IdleTimeout} (IdleTimeout): its input has ended for this side.",
        ConnectionTimeout.Read => $"has not brought what a read waits for in {options.ReadTimeout} (ReadTimeout): its input has ended for this side.",
        ConnectionTimeout.Write => $"has taken nothing for {options.WriteTimeout} (WriteTimeout): it is aborted.",
        ConnectionTimeout.Lifetime => $"has lived for {options.MaxConnectionLifetime} (MaxConnectionLifetime): it is asked to end.",
        _ => $"has not ended in {options.ShutdownTimeout} (ShutdownTimeout) after its lifetime: it is aborted.",
    };
}
