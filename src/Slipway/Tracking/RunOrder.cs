using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Slipway.Tracking;

/// <summary>All runs of a table in order: their row numbers, and their ids as 16 bytes each. 100,000 runs are 2.4 MB.</summary>
/// <param name="Numbers">The row numbers.</param>
/// <param name="Ids">The ids, one after another.</param>
/// <param name="More">True when more runs fit than were asked for.</param>
internal sealed record RunOrder(long[] Numbers, byte[] Ids, bool More)
{
    public static RunOrder Empty { get; } = new([], [], false);

    /// <summary>Of the rows that a search found, of which the last is one too many when there are more than <paramref name="most"/>.</summary>
    public static RunOrder Of(List<Found> rows, int most)
    {
        var count = Math.Min(rows.Count, most);
        var (numbers, ids) = (new long[count], new byte[count * RunOrderFormat.IdBytes]);
        for (var i = 0; i < count; i++)
        {
            numbers[i] = rows[i].Number;
            // The last key of every order is the id.
            var status = Convert.FromHexString(rows[i].Place[^1].Text!, ids.AsSpan(i * RunOrderFormat.IdBytes, RunOrderFormat.IdBytes), out _, out var written);
            Debug.Assert(status is OperationStatus.Done && written == RunOrderFormat.IdBytes, "A run's id is 32 hexadecimal digits.");
        }
        return new(numbers, ids, rows.Count > most);
    }

    /// <summary>The bytes before the ids.</summary>
    public void WriteHead(Span<byte> head)
    {
        RunOrderFormat.Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)Numbers.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], More ? RunOrderFormat.More : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(head[12..], 0);
    }
}
