using System.Text;

namespace Slipway.Cli.Charts;

/// <summary>A chart with its axes and legend, as lines of text.</summary>
internal static class ChartView
{
    /// <summary>The terminal's own colours, those that read on dark and light.</summary>
    private static readonly int[] Colours = [36, 33, 35, 32, 34, 31];

    /// <summary>The most curves that colours tell apart.</summary>
    public static int CurvesMax => Colours.Length;

    /// <summary>The lines.</summary>
    /// <param name="chart">What was drawn.</param>
    /// <param name="from">What stands below the left end.</param>
    /// <param name="to">What stands below the right end: a bucket begins before its last point.</param>
    /// <param name="colours">Whether curves have colours.</param>
    public static IEnumerable<string> Lines(BrailleChart chart, string from, string to, bool colours)
    {
        string[] labels = [Listing.Number(chart.High), chart.Height >= 5 ? Listing.Number(Middle(chart)) : "", Listing.Number(chart.Low)];
        var margin = labels.Max(label => label.Length);
        for (var y = 0; y < chart.Height; y++)
        {
            var label = y == 0 ? labels[0] : y == chart.Height - 1 ? labels[2] : y == chart.Height / 2 ? labels[1] : "";
            var line = new StringBuilder().Append(label.PadLeft(margin)).Append(label.Length > 0 ? " ┤" : " │");
            var owner = -1;
            for (var x = 0; x < chart.Width; x++)
            {
                var cell = chart[x, y];
                if (colours && cell.Curve != owner && cell.Curve >= 0) line.Append($"\e[{Colours[cell.Curve % Colours.Length]}m");
                if (cell.Curve >= 0) owner = cell.Curve;
                line.Append(cell.Dots);
            }
            if (colours && owner >= 0) line.Append("\e[0m");
            yield return line.ToString();
        }
        yield return new string(' ', margin) + " └" + new string('─', chart.Width);
        yield return new string(' ', margin + 2) + from + to.PadLeft(Math.Max(to.Length + 1, chart.Width - from.Length));
    }

    /// <summary>A curve's name in its colour.</summary>
    public static string Name(string name, int curve, bool colours) => colours ? $"\e[{Colours[curve % Colours.Length]}m{name}\e[0m" : name;

    private static double Middle(BrailleChart chart) => chart.IsLogarithmic ? Math.Exp((Math.Log(chart.Low) + Math.Log(chart.High)) / 2) : chart.Low / 2 + chart.High / 2;
}
