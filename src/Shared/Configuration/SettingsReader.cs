using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Kestrel.Streams;

/// <summary>
/// One section of configuration, read by hand. A value that is wrong is no exception but a line in a list, with its path, so that all
/// faults can be told at once; so is a key that nobody asked for.
/// </summary>
/// <remarks>
/// The binder of the framework reflects, which ahead-of-time compilation does not like, stops at its first fault, and overlooks keys it
/// does not know. What a reader returns is null where the key is not there and also where its value is a fault: the default stays.
/// </remarks>
/// <param name="configuration">All of the configuration; null where there is none, which is as if it were empty.</param>
/// <param name="path">The path of the section: <c>Streams:Clients:mail</c>.</param>
/// <param name="faults">Where the lines go.</param>
internal sealed class SettingsReader(IConfiguration? configuration, string path, ICollection<string> faults)
{
    private static readonly TimeSpan _longestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly SortedSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<SettingsReader> _sections = [];

    /// <summary>The last part of the path: the name of a server, a client, an endpoint.</summary>
    public string Name { get; } = path[(path.LastIndexOf(':') + 1)..];

    /// <summary>The whole path.</summary>
    public string Path => path;

    /// <summary>Whether anything is set within the section.</summary>
    public bool IsThere => Children().Any();

    /// <summary>A text that is not empty.</summary>
    public string? Text(string key)
    {
        var text = Value(key);
        if (text is not "")
            return text;
        Fault(key, "it is empty, write something or leave the key out");
        return null;
    }

    /// <summary>A whole number within bounds.</summary>
    public int? Int32(string key, int min = int.MinValue, int max = int.MaxValue)
    {
        if (Value(key) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        Fault(key, $"write a whole number from {min} to {max}");
        return null;
    }

    /// <summary>A number within bounds.</summary>
    public double? Double(string key, double min, double max)
    {
        if (Value(key) is not { } text)
            return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        Fault(key, string.Create(CultureInfo.InvariantCulture, $"write a number from {min} to {max}, like 2.5"));
        return null;
    }

    /// <summary>Yes or no.</summary>
    public bool? Boolean(string key)
    {
        if (Value(key) is not { } text)
            return null;
        if (bool.TryParse(text, out var value))
            return value;
        Fault(key, "write true or false");
        return null;
    }

    /// <summary>What a timer can count, above zero, or <c>Infinite</c>.</summary>
    public TimeSpan? Timeout(string key)
    {
        if (Value(key) is not { } text)
            return null;
        if (text.Equals("Infinite", StringComparison.OrdinalIgnoreCase))
            return System.Threading.Timeout.InfiniteTimeSpan;
        if (TryParse(text, out var span) && span > TimeSpan.Zero && span <= _longestTimer)
            return span;
        Fault(key, "write hours:minutes:seconds, like 00:00:30, above zero and at most 49 days (49.00:00:00), or Infinite");
        return null;
    }

    /// <summary>A time within bounds.</summary>
    public TimeSpan? Duration(string key, TimeSpan min, TimeSpan max)
    {
        if (Value(key) is not { } text)
            return null;
        if (TryParse(text, out var span) && span >= min && span <= max)
            return span;
        Fault(key, $"write hours:minutes:seconds, like 00:00:30, from {min:c} to {max:c}");
        return null;
    }

    /// <summary>One of some names, whatever their case; of all that the type has, where none are given.</summary>
    public TEnum? Enum<TEnum>(string key, params TEnum[] allowed)
        where TEnum : struct, Enum
    {
        if (Value(key) is not { } text)
            return null;
        var names = (allowed is [] ? System.Enum.GetValues<TEnum>() : allowed).Select(value => (Name: value.ToString(), Value: value)).ToList();
        if (names.Find(one => one.Name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { Name: not null } found)
            return found.Value;
        Fault(key, $"write {OneOf(names.ConvertAll(one => one.Name))}");
        return null;
    }

    /// <summary>The section of that name within this one; empty where there is none.</summary>
    public SettingsReader Section(string key)
    {
        _known.Add(key);
        if (configuration?[PathOf(key)] is { Length: > 0 })
            Fault(key, "it must be a section with keys of its own");
        var section = new SettingsReader(configuration, PathOf(key), faults);
        _sections.Add(section);
        return section;
    }

    /// <summary>Every section within this one: those of a dictionary, whose keys are names.</summary>
    public IReadOnlyList<SettingsReader> Sections() => [.. Children().Select(child => Section(child.Key))];

    /// <summary>Tells that a value is wrong: the line has the path, the value and this.</summary>
    /// <param name="key">Whose value.</param>
    /// <param name="fault">What is wrong and what would be right, without a full stop.</param>
    /// <param name="value">The value, where it does not come from the configuration.</param>
    public void Fault(string key, string fault, string? value = null) =>
        Add($"{PathOf(key)} is '{value ?? configuration?[PathOf(key)]}': {fault}.");

    /// <summary>Tells that a value has to be there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="remedy">What to write, without a full stop.</param>
    public void Missing(string key, string remedy) => Add($"{PathOf(key)} is missing: {remedy}.");

    /// <summary>Tells every key that nobody has asked for, here and in the sections that were. To be called last, on the outermost.</summary>
    public void TellUnknownKeys()
    {
        TellOtherKeys(_known);
        _sections.ForEach(section => section.TellUnknownKeys());
    }

    /// <summary>Tells every key here that is none of these, and does not look into them.</summary>
    public void TellOtherKeys(IReadOnlyCollection<string> known)
    {
        foreach (var child in Children().Where(child => !known.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
            Add($"{child.Path} is not known: {(known.Count == 0 ? "there are no keys here" : $"write {OneOf(known)}")}.");
    }

    private string? Value(string key)
    {
        _known.Add(key);
        if (configuration?.GetSection(PathOf(key)).GetChildren().Any() is not true)
            return configuration?[PathOf(key)];
        var line = PrintableText.Of($"{PathOf(key)} has keys of its own: it must be a single value.");
        if (!faults.Contains(line))
            faults.Add(line);
        return null;
    }

    private IEnumerable<IConfigurationSection> Children() => configuration?.GetSection(path).GetChildren() ?? [];

    private string PathOf(string key) => $"{path}:{key}";

    // TimeSpan reads "30" as thirty days and "1:30" as an hour and a half, which is not what whoever writes that means.
    private static bool TryParse(string text, out TimeSpan span) =>
        TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out span) && text.Count(letter => letter == ':') == 2;

    private static string OneOf(IReadOnlyCollection<string> names) =>
        names.Count == 1 ? names.First() : $"{string.Join(", ", names.SkipLast(1))} or {names.Last()}";

    // One fault is one line, whatever is quoted in it.
    private void Add(string fault) => faults.Add(PrintableText.Of(fault));
}
