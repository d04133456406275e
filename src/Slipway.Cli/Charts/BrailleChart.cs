namespace Slipway.Cli.Charts;

/// <summary>
/// Draws curves with the dots of braille characters, two by four a character. A bucket is drawn from its smallest to its largest value, so that no
/// spike is lost however narrow the chart is.
/// </summary>
internal sealed class BrailleChart
{
    private const int Across = 2, Down = 4;

    private static readonly byte[,] Bits = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } };

    private readonly byte[,] dots;
    private readonly int[,] owners;

    private BrailleChart(int width, int height)
    {
        (Width, Height) = (width, height);
        dots = new byte[width, height];
        owners = new int[width, height];
        for (var x = 0; x < width; x++)
            for (var y = 0; y < height; y++) owners[x, y] = -1;
    }

    /// <summary>In characters.</summary>
    public int Width { get; }

    public int Height { get; }

    /// <summary>The values at the bottom and at the top.</summary>
    public double Low { get; private set; }

    public double High { get; private set; }

    /// <summary>The ends of the axis.</summary>
    public long From { get; private set; }

    public long To { get; private set; }

    public bool IsLogarithmic { get; private set; }

    /// <summary>How many values a bucket-wise drawing of this width can show apart.</summary>
    public static int Buckets(int width) => width * Across;

    /// <summary>Draws; null when no curve has a finite value (with a logarithmic axis: a positive one).</summary>
    public static BrailleChart? Draw(IReadOnlyList<Curve> curves, int width, int height, bool logarithmic)
    {
        bool Shown(double value) => double.IsFinite(value) && (!logarithmic || value > 0);
        var values = curves.SelectMany(curve => curve.Min.Concat(curve.Max)).Where(Shown).ToList();
        if (values.Count == 0) return null;
        var chart = new BrailleChart(width, height)
        {
            From = curves.Where(curve => curve.At.Length > 0).Min(curve => curve.At[0]),
            To = curves.Where(curve => curve.At.Length > 0).Max(curve => curve.At[^1]),
            IsLogarithmic = logarithmic,
        };
        (chart.Low, chart.High) = (values.Min(), values.Max());
        if (chart.Low == chart.High)
        {
            // A level curve is drawn in the middle.
            var around = logarithmic ? 0 : Math.Max(Math.Abs(chart.Low) * 0.1, 1e-12);
            (chart.Low, chart.High) = logarithmic ? (chart.Low / 2, chart.High * 2) : (chart.Low - around, chart.High + around);
        }
        for (var i = 0; i < curves.Count; i++) chart.Draw(curves[i], i, Shown);
        return chart;
    }

    public ChartCell this[int x, int y] => new((char)(0x2800 + dots[x, y]), owners[x, y]);

    private void Draw(Curve curve, int owner, Func<double, bool> shown)
    {
        (int X, int Y)? before = null;
        for (var i = 0; i < curve.At.Length; i++)
        {
            if (!shown(curve.Min[i]) && !shown(curve.Max[i]))
            {
                before = null; // NaN, or nothing that an axis has: the line is broken there
                continue;
            }
            var x = X(curve.At[i]);
            var (low, high) = (Y(shown(curve.Min[i]) ? curve.Min[i] : curve.Max[i]), Y(shown(curve.Max[i]) ? curve.Max[i] : curve.Min[i]));
            for (var y = high; y <= low; y++) Dot(x, y, owner);
            if (before is { } last && shown(curve.First[i])) Line(last.X, last.Y, x, Y(curve.First[i]), owner);
            before = shown(curve.Last[i]) ? (x, Y(curve.Last[i])) : null;
        }
    }

    private int X(long at) => To == From ? 0 : (int)Math.Round(((double)at - From) / ((double)To - From) * (Width * Across - 1));

    private int Y(double value)
    {
        var (low, high, here) = IsLogarithmic ? (Math.Log(Low), Math.Log(High), Math.Log(value)) : (Low, High, value);
        // Halved: the span between the largest doubles is no double.
        var share = (here / 2 - low / 2) / (high / 2 - low / 2);
        return Math.Clamp((int)Math.Round((1 - share) * (Height * Down - 1)), 0, Height * Down - 1);
    }

    // Bresenham's line.
    private void Line(int x, int y, int toX, int toY, int owner)
    {
        var (dx, dy) = (Math.Abs(toX - x), -Math.Abs(toY - y));
        var (sx, sy, error) = (x < toX ? 1 : -1, y < toY ? 1 : -1, dx + dy);
        while (true)
        {
            Dot(x, y, owner);
            if (x == toX && y == toY) return;
            var twice = 2 * error;
            if (twice >= dy) (error, x) = (error + dy, x + sx);
            if (twice <= dx) (error, y) = (error + dx, y + sy);
        }
    }

    private void Dot(int x, int y, int owner)
    {
        dots[x / Across, y / Down] |= Bits[x % Across, y % Down];
        owners[x / Across, y / Down] = owner;
    }
}
