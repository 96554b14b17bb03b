namespace Kestrel.Streams;

/// <content>
/// What those who watch the bytes are shown: each byte once, right before it is first offered to the transport, so that no answer to it
/// can be seen earlier.
/// </content>
internal sealed partial class StreamOutput
{
    /// <summary>The position up to which bytes have been shown.</summary>
    private long _shown;

    /// <summary>Shows what is about to be sent. Called under the lock, with the data that follows <see cref="_passed"/>.</summary>
    private void Show(ReadOnlySpan<byte> data)
    {
        if (_stream.Taps is not { } taps || _passed + data.Length <= _shown) return;
        var fresh = _shown > _passed ? data[(int)(_shown - _passed)..] : data;
        _shown = _passed + data.Length;
        foreach (var tap in taps) tap.Sending(fresh);
    }

    /// <summary>As <see cref="Show(ReadOnlySpan{byte})"/>, for what is left of a file.</summary>
    private void Show(FileRange file)
    {
        if (_stream.Taps is not { } taps || _passed + file.Length <= _shown) return;
        _shown = _passed + file.Length;
        foreach (var tap in taps) tap.SendingFile(file.Name, file.Length);
    }
}
