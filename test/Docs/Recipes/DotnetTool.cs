namespace Kestrel.Streams.Tests;

/// <summary>What answers when a page says <c>dotnet</c>.</summary>
internal abstract class DotnetTool
{
    /// <summary>What its terminals have in their environment.</summary>
    public abstract IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>How long it may take for one block of commands.</summary>
    public abstract TimeSpan Patience { get; }

    /// <summary>Called before commands are typed in a folder.</summary>
    public abstract Task PrepareAsync(string folder, string commands);
}
