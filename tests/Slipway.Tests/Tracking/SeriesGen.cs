using FsCheck;
using FsCheck.Fluent;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>Series as they come from training loops, and as they come from an adversary.</summary>
internal static class SeriesGen
{
    /// <summary>Runs a property over generated series; FsCheck prints the seed and the smallest series that fails.</summary>
    public static void ForAll(Gen<SeriesPoint[]> points, Action<SeriesPoint[]> check, int tests = 300) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(tests).WithEndSize(1_500), Prop.ForAll(Arb.From(points, Shrink), points =>
        {
            check(points);
            return true;
        }));

    public static Gen<SeriesPoint[]> Points { get; } =
        from size in Gen.Sized(size => Gen.Choose(1, Math.Max(1, size)))
        from times in Gen.OneOf(Regular(size), Jittered(size), Any(size), Few(size))
        from steps in Gen.OneOf(Regular(size), Jittered(size), Any(size), Few(size))
        from values in Values(size)
        select times.Zip(steps, values).Select(point => new SeriesPoint(point.First, point.Second, SeriesPoint.Canonical(point.Third))).ToArray();

    public static SeriesColumns Columns(IEnumerable<SeriesPoint> points)
    {
        var columns = new SeriesColumns();
        foreach (var point in points) columns.Add(point);
        return columns;
    }

    public static SeriesPoint[] PointsOf(SeriesColumns columns) => [.. Enumerable.Range(0, columns.Count).Select(i => columns[i])];

    public static SortedSet<SeriesPoint> SetOf(IEnumerable<SeriesPoint> points) => new(points);

    private static Gen<long> Edge { get; } = Gen.Elements(long.MinValue, long.MinValue + 1, -1L, 0L, 1L, 255L, long.MaxValue - 1, long.MaxValue, 1_760_000_000_000L);

    private static Gen<long[]> Regular(int size) =>
        from first in Gen.OneOf(Edge, Number)
        from stride in Gen.OneOf(Gen.Choose(0, 1_000).Select(n => (long)n), Edge)
        select Enumerable.Range(0, size).Select(i => unchecked(first + i * stride)).ToArray();

    private static Gen<long[]> Jittered(int size) =>
        from first in Edge
        from jitter in Gen.ArrayOf(Gen.Frequency((20, Gen.Choose(90, 110)), (1, Gen.Choose(0, 1_000_000))), size)
        select Running(first, jitter);

    private static Gen<long[]> Any(int size) => Gen.ArrayOf(Gen.OneOf(Edge, Number), size);

    private static Gen<long[]> Few(int size) => Gen.ArrayOf(Gen.Choose(0, 3).Select(n => (long)n), size);

    private static Gen<long> Number { get; } = ArbMap.Default.GeneratorFor<long>();

    private static Gen<double[]> Values(int size)
    {
        var odd = Gen.Elements(double.NaN, BitConverter.Int64BitsToDouble(unchecked((long)0xFFF8_0000_0000_1234)), double.PositiveInfinity, double.NegativeInfinity,
            -0.0, 0.0, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, 1e-310, 9_007_199_254_740_993d, 1e22, 1e-17);
        var bits = ArbMap.Default.GeneratorFor<long>().Select(BitConverter.Int64BitsToDouble);
        var unit = Gen.Choose(0, int.MaxValue).Select(n => n / (double)int.MaxValue);
        var single = unit.Select(n => (double)(float)n);
        var decimals = Gen.Choose(-50_000, 50_000).Select(n => n / 1000.0);
        var whole = Gen.Choose(-5, 300).Select(n => (double)n);
        return Gen.OneOf(
            Gen.ArrayOf(bits, size), Gen.ArrayOf(unit, size), Gen.ArrayOf(single, size), Gen.ArrayOf(decimals, size), Gen.ArrayOf(whole, size), Gen.ArrayOf(odd, size),
            Gen.ArrayOf(Gen.Frequency((15, decimals), (1, odd)), size), Gen.ArrayOf(Gen.Frequency((15, single), (1, odd)), size),
            odd.Select(value => Enumerable.Repeat(value, size).ToArray()));
    }

    private static long[] Running(long first, int[] jitter)
    {
        var numbers = new long[jitter.Length];
        for (var i = 0; i < jitter.Length; i++) numbers[i] = first = unchecked(first + jitter[i]);
        return numbers;
    }

    private static IEnumerable<SeriesPoint[]> Shrink(SeriesPoint[] points)
    {
        for (var part = points.Length / 2; part > 0; part /= 2)
            for (var start = 0; start + part <= points.Length; start += part)
                yield return [.. points[..start], .. points[(start + part)..]];
    }
}
