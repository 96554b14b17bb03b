namespace Kestrel.Streams.Samples.RespServer;

/// <summary>One connection: commands in, replies out, and between them what others publish.</summary>
internal sealed class RespSession(ConnectionStream stream, Store store, Channels channels)
{
    /// <summary>What a subscriber may leave unread, beyond what the kernel holds for it.</summary>
    public const int MostUnsent = 8 * 1024 * 1024;

    private static long _lastId;

    private long _unsent;
    private bool _isCut;

    public long Id { get; } = Interlocked.Increment(ref _lastId);

    /// <summary>What it calls itself; null for nothing.</summary>
    public byte[]? Name { get; private set; }

    public RespReader Words { get; } = new(stream);

    public RespReply Reply { get; } = new();

    public Store Store => store;

    public Channels Channels => channels;

    /// <summary>The channels it listens to. They are changed by <see cref="Channels"/> only.</summary>
    public HashSet<byte[]> Subscriptions { get; } = new(BytesComparer.Instance);

    /// <summary>Whether it may only listen: without push types nobody could tell a message from a reply.</summary>
    public bool OnlyListens => Reply.Protocol == 2 && Subscriptions.Count > 0;

    /// <summary>Whether the command was the last one.</summary>
    public bool IsDone { get; set; }

    public async Task RunAsync()
    {
        try
        {
            while (!IsDone && await Words.ReadAsync())
            {
                Obey();
                await SendReplyAsync();
            }
        }
        catch (RespException error) // not RESP: nobody can tell where the next command begins
        {
            Reply.Error(error.Message);
            await SendReplyAsync();
        }
        catch (IncompleteReadException)
        {
            // It left in the middle of a command: that command never was.
        }
        catch (ObjectDisposedException) when (_isCut)
        {
            // It did not read.
        }
        finally
        {
            channels.LeaveAll(this);
        }
    }

    /// <summary>Sends what nobody here waits for, behind the replies so far. It does not hold the publisher up: who does not read is cut.</summary>
    public async Task PushAsync(ReadOnlyMemory<byte> message)
    {
        if (Interlocked.Add(ref _unsent, message.Length) > MostUnsent)
        {
            _isCut = true;
            stream.Abort();
            return;
        }

        try
        {
            await stream.WriteAsync(message);
            Interlocked.Add(ref _unsent, -message.Length);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // Its own read sees that too, and ends the session.
        }
    }

    public void Rename(ReadOnlySpan<byte> name)
    {
        if (name.ContainsAnyExceptInRange((byte)'!', (byte)'~')) throw RespException.WrongName;
        Name = name.IsEmpty ? null : name.ToArray();
    }

    private async ValueTask SendReplyAsync()
    {
        if (Subscriptions.Count > 0 || Volatile.Read(ref _unsent) > 0)
        {
            // Behind messages that it does not read a Write would keep the thread.
            await stream.WriteAsync(Reply.Bytes);
        }
        else
        {
            // Collected: the replies to what has come together leave together, with the read that has to wait for more.
            stream.Write(Reply.Bytes.Span);
            await stream.DrainAsync();
        }

        Reply.Clear();
    }

    private void Obey()
    {
        try
        {
            var command = Commands.Find(Words);
            if (OnlyListens && command.Name is not ("subscribe" or "unsubscribe" or "ping" or "quit")) throw RespException.OnlyListens(command.Name);
            command.Run!(this);
        }
        catch (RespException error)
        {
            Reply.Clear();
            Reply.Error(error.Message);
        }
    }
}
