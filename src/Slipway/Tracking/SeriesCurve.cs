namespace Slipway.Tracking;

/// <summary>
/// The shape of a series in a few hundred bytes: up to 64 ranges of steps with bounds of the values in each. It decides most comparisons of a
/// series function without its points, and says so when it does not. Points only ever widen it, so that it can be kept up to date with what
/// comes and is indifferent to repeats.
/// </summary>
internal sealed class SeriesCurve
{
    /// <summary>The most ranges. At that many, neighbours become one.</summary>
    public const int RangesMax = 64;

    /// <summary>A series with fewer points has no curve: reading them is as cheap.</summary>
    public const int PointsMin = 8;

    /// <summary>The points of a range at first; it doubles with every halving of the ranges.</summary>
    private const int StrideLeast = 8;

    private const byte Version = 1;
    private const int BytesMax = 1 + 8 + 28 + 5 + RangesMax * 29 + 4;
    private const byte HasNan = 1, HasNumber = 2, MinExact = 4, MaxExact = 8;

    private readonly Range[] ranges = new Range[RangesMax];
    private int count;
    private long stride = StrideLeast;
    private SeriesPoint low;

    /// <summary>Values are bounds of the least and the greatest number, since they are stored as floats; both infinite and swapped when there is none.</summary>
    private struct Range
    {
        public long First, Last, Points;
        public double MinLow, MinHigh, MaxLow, MaxHigh;
        public bool Nan;

        public readonly bool Number => MinLow <= MaxHigh;

        public static Range At(long step) => new()
        {
            First = step,
            Last = step,
            MinLow = double.PositiveInfinity,
            MinHigh = double.PositiveInfinity,
            MaxLow = double.NegativeInfinity,
            MaxHigh = double.NegativeInfinity,
        };

        public void Take(in Range other)
        {
            (First, Last, Points, Nan) = (Math.Min(First, other.First), Math.Max(Last, other.Last), Points + other.Points, Nan | other.Nan);
            (MinLow, MinHigh) = (Math.Min(MinLow, other.MinLow), Math.Min(MinHigh, other.MinHigh));
            (MaxLow, MaxHigh) = (Math.Max(MaxLow, other.MaxLow), Math.Max(MaxHigh, other.MaxHigh));
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => (count, stride) = (0, StrideLeast);

    /// <summary>Takes points in.</summary>
    public void Add(SeriesColumns points)
    {
        for (var i = 0; i < points.Count; i++) Add(points[i]);
    }

    /// <summary>Takes a point in. Infinite values are bounds like others; NaN is noted apart.</summary>
    public void Add(SeriesPoint point)
    {
        if (count == 0 || point.CompareByStep(low) < 0) low = point;
        ref var range = ref RangeOf(point.Step);
        range.Points++;
        if (double.IsNaN(point.Value))
        {
            range.Nan = true;
            return;
        }
        (range.MinLow, range.MinHigh) = (Math.Min(range.MinLow, point.Value), Math.Min(range.MinHigh, point.Value));
        (range.MaxLow, range.MaxHigh) = (Math.Max(range.MaxLow, point.Value), Math.Max(range.MaxHigh, point.Value));
    }

    /// <summary>What the curve says of a function.</summary>
    public SeriesRange Measure(SeriesCall call)
    {
        if (count == 0) return SeriesRange.Unknown;
        return call.Function switch
        {
            SeriesFunction.First => SeriesRange.Of(low.Value),
            SeriesFunction.At => At(call.Step),
            SeriesFunction.FirstStep => low is var first && call.Test!.Holds(first.Value) ? SeriesRange.Of(first.Step) : FirstStep(call.Test),
            SeriesFunction.LastStep => LastStep(call.Test!),
            SeriesFunction.Count => Count(call.Test),
            _ => SeriesRange.Unknown,
        };
    }

    private ref Range RangeOf(long step)
    {
        if (count > 0 && step <= ranges[count - 1].Last)
        {
            var (from, to) = (0, count - 1);
            while (from < to)
            {
                var middle = (from + to) >>> 1;
                if (ranges[middle].Last < step) from = middle + 1;
                else to = middle;
            }
            ref var found = ref ranges[from];
            found.First = Math.Min(found.First, step);
            return ref found;
        }
        if (count > 0 && ranges[count - 1].Points >= stride && count == RangesMax)
        {
            for (var i = 0; i < RangesMax / 2; i++)
            {
                ranges[i] = ranges[2 * i];
                ranges[i].Take(ranges[2 * i + 1]);
            }
            count = RangesMax / 2;
            stride *= 2;
        }
        if (count == 0 || ranges[count - 1].Points >= stride) ranges[count++] = Range.At(step);
        ref var last = ref ranges[count - 1];
        last.Last = step;
        return ref last;
    }

    private SeriesRange At(long step)
    {
        foreach (ref readonly var range in ranges.AsSpan(0, count))
            if (range.First <= step && step <= range.Last)
                return new(range.First != range.Last, range.Nan, range.Number ? range.MinLow : double.NaN, range.Number ? range.MaxHigh : double.NaN);
        return SeriesRange.Absent;
    }

    private SeriesRange FirstStep(SeriesTest test)
    {
        var (found, from, to) = (false, 0L, 0L);
        foreach (ref readonly var range in ranges.AsSpan(0, count))
        {
            if (!MayHold(test, range)) continue;
            if (!found) from = range.First;
            (found, to) = (true, range.Last);
            if (MustHold(test, range)) return new(false, false, from, to);
        }
        return found ? new(true, false, from, to) : SeriesRange.Absent;
    }

    private SeriesRange LastStep(SeriesTest test)
    {
        var (found, from, to) = (false, 0L, 0L);
        for (var i = count - 1; i >= 0; i--)
        {
            if (!MayHold(test, ranges[i])) continue;
            if (!found) to = ranges[i].Last;
            (found, from) = (true, ranges[i].First);
            if (MustHold(test, ranges[i])) return new(false, false, from, to);
        }
        return found ? new(true, false, from, to) : SeriesRange.Absent;
    }

    private SeriesRange Count(SeriesTest? test)
    {
        var (may, must) = (0, 0);
        foreach (ref readonly var range in ranges.AsSpan(0, count))
        {
            if (test is null || MayHold(test, range)) may++;
            if (test is null || MustHold(test, range)) must++;
        }
        return may == 0 ? SeriesRange.Of(0) : new(false, false, must, double.PositiveInfinity);
    }

    /// <summary>Some point of the range may pass.</summary>
    private static bool MayHold(SeriesTest test, in Range range) => test.Comparator switch
    {
        Comparator.Less => range.MinLow < test.Number && range.Number,
        Comparator.LessOrEqual => range.MinLow <= test.Number && range.Number,
        Comparator.Greater => range.MaxHigh > test.Number && range.Number,
        Comparator.GreaterOrEqual => range.MaxHigh >= test.Number && range.Number,
        Comparator.Equal => range.MinLow <= test.Number && test.Number <= range.MaxHigh,
        Comparator.NotEqual => range.Nan || range.Number && !(range.MinLow == test.Number && range.MaxHigh == test.Number),
        Comparator.IsNan => range.Nan,
        _ => range.Number,
    };

    /// <summary>Some point of the range passes for sure.</summary>
    private static bool MustHold(SeriesTest test, in Range range) => test.Comparator switch
    {
        Comparator.IsNan => range.Nan,
        Comparator.NotEqual when range.Nan => true,
        _ when !range.Number => false,
        Comparator.Less => range.MinHigh < test.Number,
        Comparator.LessOrEqual => range.MinHigh <= test.Number,
        Comparator.Greater => range.MaxLow > test.Number,
        Comparator.GreaterOrEqual => range.MaxLow >= test.Number,
        Comparator.Equal => range.MinLow == test.Number && range.MinHigh == test.Number || range.MaxLow == test.Number && range.MaxHigh == test.Number,
        Comparator.NotEqual => range.MinHigh < test.Number || range.MinLow > test.Number || range.MaxLow > test.Number || range.MaxHigh < test.Number,
        _ => true,
    };

    /// <summary>The curve as bytes, 12 a range for steps of an ordinary size, with a checksum.</summary>
    public byte[] Encode()
    {
        Span<byte> bytes = stackalloc byte[BytesMax];
        var writer = new SeriesWriter(bytes);
        writer.Byte(Version);
        writer.Varint((ulong)stride);
        writer.Zigzag(low.Step);
        writer.Zigzag(low.TimeMs);
        writer.Double(low.Value);
        writer.Varint((ulong)count);
        writer.Varint((ulong)Math.Min(ranges[count - 1].Points, stride));
        var before = low.Step;
        foreach (ref readonly var range in ranges.AsSpan(0, count))
        {
            writer.Varint(unchecked((ulong)(range.First - before)));
            writer.Varint(unchecked((ulong)(range.Last - range.First)));
            before = range.Last;
            var (min, max) = (Down(range.MinLow), Up(range.MaxHigh));
            writer.Byte((byte)((range.Nan ? HasNan : 0) | (range.Number ? HasNumber : 0) | (range.MinHigh == min ? MinExact : 0) | (range.MaxLow == max ? MaxExact : 0)));
            if (!range.Number) continue;
            writer.UInt32(BitConverter.SingleToUInt32Bits(min));
            writer.UInt32(BitConverter.SingleToUInt32Bits(max));
        }
        writer.UInt32(Crc32C.Of(writer.Written));
        return writer.Written.ToArray();
    }

    /// <summary>Replaces this curve by an encoded one; false, and this one empty, when it is damaged or of another version: then points are read.</summary>
    public bool Decode(ReadOnlySpan<byte> bytes)
    {
        Clear();
        if (bytes.Length < 6 || Crc32C.Of(bytes[..^4]) != new SeriesReader(bytes[^4..]).UInt32()) return false;
        var reader = new SeriesReader(bytes[..^4]);
        if (reader.Byte() != Version) return false;
        stride = Math.Max(StrideLeast, unchecked((long)reader.Varint()));
        var step = reader.Zigzag();
        low = new(reader.Zigzag(), step, reader.Double());
        var all = reader.Count(RangesMax);
        var points = unchecked((long)reader.Varint());
        for (; count < all && !reader.Failed; count++)
        {
            ref var range = ref ranges[count];
            range = Range.At(unchecked(step + (long)reader.Varint()));
            range.Last = step = unchecked(range.First + (long)reader.Varint());
            range.Points = count == all - 1 ? points : stride;
            var flags = reader.Byte();
            range.Nan = (flags & HasNan) != 0;
            if ((flags & HasNumber) == 0) continue;
            var (min, max) = (BitConverter.UInt32BitsToSingle(reader.UInt32()), BitConverter.UInt32BitsToSingle(reader.UInt32()));
            (range.MinLow, range.MinHigh) = (min, (flags & MinExact) != 0 ? min : MathF.BitIncrement(min));
            (range.MaxLow, range.MaxHigh) = ((flags & MaxExact) != 0 ? max : MathF.BitDecrement(max), max);
        }
        if (!reader.Failed && reader.Remaining == 0 && count > 0) return true;
        Clear();
        return false;
    }

    private static float Down(double value)
    {
        var near = (float)value;
        return near > value ? MathF.BitDecrement(near) : near;
    }

    private static float Up(double value)
    {
        var near = (float)value;
        return near < value ? MathF.BitIncrement(near) : near;
    }
}
