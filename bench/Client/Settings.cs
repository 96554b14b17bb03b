namespace Kestrel.Streams.Bench;

/// <summary>What to do, from the command line.</summary>
internal sealed record Settings(string Kind, int Port)
{
    public int Connections { get; private set; } = 1;

    /// <summary>Lines sent before one is read back.</summary>
    public int Depth { get; private set; } = 1;

    public int LineLength { get; private set; } = 64;

    public TimeSpan Warmup { get; private set; } = TimeSpan.FromSeconds(1);

    public TimeSpan Seconds { get; private set; } = TimeSpan.FromSeconds(2);

    public int? ServerId { get; private set; }

    /// <summary>What one turn of a conversation sends.</summary>
    public int Turn => Depth * LineLength;

    public byte[] CreateLine() => [.. Enumerable.Repeat((byte)'x', LineLength - 1), (byte)'\n'];

    /// <summary>The settings; null when the arguments make no sense.</summary>
    public static Settings? Parse(string[] args)
    {
        if (args is not [var kind, var port, .. var rest] || rest.Length % 2 != 0) return null;
        var settings = new Settings(kind, int.Parse(port));
        foreach (var option in rest.Chunk(2))
        {
            if (!settings.TrySet(option[0], option[1])) return null;
        }

        return settings;
    }

    private bool TrySet(string name, string value)
    {
        switch (name)
        {
            case "--connections":
                Connections = int.Parse(value);
                return true;
            case "--depth":
                Depth = int.Parse(value);
                return true;
            case "--bytes":
                LineLength = int.Parse(value);
                return true;
            case "--warmup":
                Warmup = TimeSpan.FromSeconds(double.Parse(value));
                return true;
            case "--seconds":
                Seconds = TimeSpan.FromSeconds(double.Parse(value));
                return true;
            case "--server":
                ServerId = int.Parse(value);
                return true;
            default:
                return false;
        }
    }
}
