using System.Reflection;

namespace Kestrel.Streams;

/// <summary>The callback of a server in its one form, with the name that logs call it by.</summary>
internal readonly record struct ClientConnected(Func<ConnectionStream, CancellationToken, Task> Serve, string Name)
{
    public static ClientConnected Of(Func<ConnectionStream, CancellationToken, Task> clientConnected)
    {
        ArgumentNullException.ThrowIfNull(clientConnected);
        return new ClientConnected(clientConnected, NameOf(clientConnected.Method));
    }

    public static ClientConnected Of(Func<ConnectionStream, Task> clientConnected)
    {
        ArgumentNullException.ThrowIfNull(clientConnected);
        return new ClientConnected((stream, _) => clientConnected(stream), NameOf(clientConnected.Method));
    }

    /// <summary>The stream in two roles, as the callback of the deprecated two has it.</summary>
    public static ClientConnected Of(Func<IStreamReader, IStreamWriter, Task> clientConnected)
    {
        ArgumentNullException.ThrowIfNull(clientConnected);
        return new ClientConnected((stream, _) => clientConnected(stream, stream), NameOf(clientConnected.Method));
    }

    /// <summary>A plain callable: the stream stays open until somebody closes it.</summary>
    public static ClientConnected Of(Action<ConnectionStream> clientConnected)
    {
        ArgumentNullException.ThrowIfNull(clientConnected);
        return new ClientConnected(
            (stream, _) =>
            {
                clientConnected(stream);
                return stream.WaitClosedAsync(CancellationToken.None);
            },
            NameOf(clientConnected.Method));
    }

    public static string NameOf(MethodInfo method) => $"{method.DeclaringType}.{method.Name}";
}
