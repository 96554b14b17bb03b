namespace Kestrel.Streams;

/// <summary>When a sweep is due.</summary>
internal enum SweepTime
{
    Never,

    /// <summary>Within ten milliseconds.</summary>
    Late,

    /// <summary>Within a millisecond or two.</summary>
    Soon,
}
