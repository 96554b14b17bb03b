namespace Kestrel.Streams;

/// <summary>Lets so many pass in a second; after a quiet time a tenth of them at once. For one caller at a time.</summary>
internal sealed class AcceptPace
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _gap;
    private readonly TimeSpan _burst;
    private readonly long _start;
    private TimeSpan _next;

    public AcceptPace(double perSecond, TimeProvider time)
    {
        _time = time;
        _gap = TimeSpan.FromSeconds(1 / perSecond);
        _burst = TimeSpan.FromSeconds(0.1) - _gap;
        if (_burst < TimeSpan.Zero) _burst = TimeSpan.Zero;
        _start = time.GetTimestamp();
        _next = -_burst;
    }

    /// <summary>Waits for its turn, and takes it.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetElapsedTime(_start);
        var wait = _next - now;
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            now = _next;
        }

        var earliest = now - _burst;
        _next = (_next > earliest ? _next : earliest) + _gap;
    }
}
