using Kestrel.Streams.Samples.WebHost.Chat;
using Kestrel.Streams.Samples.WebHost.Chat.RabbitMq;

namespace Kestrel.Streams.Tests;

/// <summary>A log without a broker, and the nodes around it. Nothing is written or read until the test says so.</summary>
internal sealed class PaperLog(TimeProvider time)
{
    private readonly List<byte[]> _entries = [];
    private readonly List<PaperNode> _nodes = [];

    public int Count => _entries.Count;

    /// <summary>A node that has not read anything yet.</summary>
    public PaperNode Add(string name, string? run = null)
    {
        var node = new PaperNode(this, name, run ?? $"{name}-run", time);
        _nodes.Add(node);
        return node;
    }

    /// <summary>All write what they have, and read what there is, until nobody has anything to say.</summary>
    public async Task SettleAsync()
    {
        for (var before = -1; before < Count;)
        {
            before = Count;
            foreach (var node in _nodes.Where(static node => node.IsConnected)) await WriteAsync(node.Outbox);

            foreach (var node in _nodes.Where(static node => node.IsConnected)) node.Read(_entries);
        }
    }

    /// <summary>Somebody has written the last entries once more, because they were not confirmed to him.</summary>
    public void Repeat(int count) => _entries.AddRange(_entries.TakeLast(count).ToList());

    private async Task WriteAsync(Outbox outbox)
    {
        try
        {
            while (true) _entries.Add(await outbox.NextAsync(new CancellationToken(canceled: true)));
        }
        catch (OperationCanceledException)
        {
            // There is none that need not be waited for.
        }
    }
}

/// <summary>A node as its rooms see it: what they are told, in words.</summary>
internal sealed class PaperNode : IChatNode
{
    private readonly PaperLog _log;
    private int _read;

    public PaperNode(PaperLog log, string name, string run, TimeProvider time)
    {
        _log = log;
        Name = name;
        Outbox = new Outbox(name, run, capacity: 100);
        Reader = new LogReader(new EntryMark(name, run, 0), this, Outbox, new ChatOptions { Node = name, NodeTimeout = TimeSpan.FromSeconds(10) }, time);
    }

    public string Name { get; }

    public Outbox Outbox { get; }

    public LogReader Reader { get; }

    public bool IsConnected { get; private set; }

    public List<string> Told { get; } = [];

    public List<ChatUser> Users { get; } = [];

    IReadOnlyList<ChatUser> IChatNode.Users => [.. Users];

    public async Task ConnectAsync()
    {
        Outbox.Begin();
        IsConnected = true;
        Reader.Hello();
        await _log.SettleAsync();
    }

    public void Disconnect()
    {
        IsConnected = false;
        Outbox.CutOff();
        Reader.CutOff();
    }

    /// <summary>What it has read comes again when it connects.</summary>
    public void Rewind() => _read = 0;

    public async Task SayAsync(string text, long sequence = 1) =>
        Assert.True(await Outbox.OfferAsync(mark => new Happened(mark, new Said(new ChatStamp(Name, "1", sequence, DateTimeOffset.UnixEpoch), "ada", "tea", text)), CancellationToken.None));

    public void Read(IReadOnlyList<byte[]> entries)
    {
        for (; _read < entries.Count; _read++) Reader.Take(LogEntry.Parse(entries[_read]));
    }

    public void Receive(ChatEvent happened) => Told.Add(happened is Said said ? $"said {said.Text}" : $"{happened}");

    public void ReceiveUsers(string node, IReadOnlyList<ChatUser> users) => Told.Add($"users of {node}: {string.Join(' ', users.Select(static user => user.Name))}".TrimEnd());

    public void ReceiveLoss(string node) => Told.Add($"lost {node}");

    public void ReceiveNameLoss(string name) => Told.Add($"lost the name {name}");

    public void ReceiveTrouble(string? trouble) => Told.Add(trouble is null ? "no trouble" : "trouble");
}
