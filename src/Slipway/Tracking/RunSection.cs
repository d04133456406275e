using System.Buffers;
using System.Text.Json;

namespace Slipway.Tracking;

/// <summary>One part of many runs' answers, say their params: a JSON array for each run, in the order in which rows arrive (grouped by run).</summary>
internal sealed class RunSection : IDisposable
{
    private readonly Dictionary<long, (int Start, int Length)> arrays = [];
    private PooledWriter? buffer;
    private long run;
    private int start = -1;

    /// <summary>Where this run's next element goes.</summary>
    public PooledWriter Next(long number)
    {
        buffer ??= new PooledWriter();
        if (start >= 0 && number == run) buffer.Write(","u8);
        else
        {
            Close();
            (run, start) = (number, buffer.Length);
            buffer.Write("["u8);
        }
        return buffer;
    }

    /// <summary>True when the run has an array.</summary>
    public bool Has(long number)
    {
        Close();
        return arrays.ContainsKey(number);
    }

    /// <summary>Writes the run's array as a property; nothing when it has none.</summary>
    public void Write(Utf8JsonWriter into, long number, string name)
    {
        Close();
        if (!arrays.TryGetValue(number, out var array)) return;
        into.WritePropertyName(name);
        into.WriteRawValue(buffer!.Written.Slice(array.Start, array.Length), skipInputValidation: true);
    }

    public void Dispose() => buffer?.Dispose();

    private void Close()
    {
        if (start < 0) return;
        var own = buffer!;
        own.Write("]"u8);
        arrays.Add(run, (start, own.Length - start));
        start = -1;
    }
}
