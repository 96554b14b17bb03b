namespace Kestrel.Streams;

/// <summary>Lets so many pass in a second, over all endpoints of a server; after a quiet time a tenth of them at once.</summary>
internal sealed class AcceptPace
{
    private readonly Lock _gate = new();
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

    /// <summary>Takes a turn, and waits for it.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = _time.GetElapsedTime(_start);
            var turn = _next > now - _burst ? _next : now - _burst;
            _next = turn + _gap;
            wait = turn - now;
        }

        return wait <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(wait, _time, cancellationToken);
    }
}
