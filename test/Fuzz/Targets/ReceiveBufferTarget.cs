namespace Kestrel.Streams.Tests;

/// <summary>The receive buffer beside a list of bytes: the input is a program, each byte of it an operation and its number.</summary>
internal sealed class ReceiveBufferTarget : Target
{
    private static readonly byte[][] _separators = [[1], [1, 2], [2, 1, 2], [7]];

    public override string Name => "receive-buffer";

    public override int Longest => 400;

    public override string Run(byte[] input)
    {
        var (buffer, model) = (new ReceiveBuffer(), new List<byte>());
        ReadOnlyMemory<byte> lent = default;
        var (wasLent, next, searched) = (Array.Empty<byte>(), 0, 0);
        foreach (var step in input)
        {
            var number = step / 8;
            var count = Math.Min(number, model.Count);
            switch (step % 8)
            {
                case 0:
                    var room = buffer.MakeRoom(number, 64);
                    Assert.True(room.Length >= 1 && (room.Length <= Math.Max(1, 64 - model.Count)), "The room is none, or beyond the capacity.");
                    var received = Numbers(Math.Min(number, room.Length), ref next);
                    received.CopyTo(room);
                    buffer.Commit(received.Length);
                    model.AddRange(received);
                    break;
                case 1:
                    var later = Numbers(number, ref next);
                    buffer.Append(later);
                    model.AddRange(later);
                    break;
                case 2:
                    // Never before what was searched: what is put there has come after it.
                    var at = Math.Max(searched, count);
                    var inserted = Numbers(number, ref next);
                    buffer.Insert(at, inserted);
                    model.InsertRange(at, inserted);
                    break;
                case 3:
                    Assert.Equal(model[..count], buffer.Take(count));
                    Drop(count);
                    break;
                case 4:
                    End();
                    lent = buffer.Lend(count);
                    wasLent = [.. model[..count]];
                    Drop(count);
                    break;
                case 5:
                    End();
                    break;
                case 6:
                    buffer.ReleaseIfEmpty();
                    break;
                default:
                    var separator = _separators[number % _separators.Length];
                    var index = buffer.IndexOf(separator);
                    Assert.Equal(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(model).IndexOf(separator), index);
                    searched = model.Count;
                    break;
            }

            Assert.Equal(model, buffer.Unread.ToArray());
            Assert.Equal(wasLent, lent.ToArray());
        }

        var outcome = $"{buffer.HasBlock} {lent.Length > 0} {model.Count / 16}";
        End();
        buffer.Release();
        return outcome;

        void Drop(int count)
        {
            model.RemoveRange(0, count);
            searched = Math.Max(0, searched - count);
        }

        void End()
        {
            Assert.Equal(wasLent, lent.ToArray());
            buffer.EndLoan();
            (lent, wasLent) = (default, []);
        }
    }

    private static byte[] Numbers(int count, ref int next)
    {
        var numbers = new byte[count];
        for (var i = 0; i < count; i++) numbers[i] = (byte)(next++ % 8);
        return numbers;
    }
}
