using System.Globalization;
using System.Text;

namespace Slipway.Benchmarks;

/// <summary>Collects the rows of the table: what was measured, beside what in the same run, and what was promised.</summary>
internal sealed class Results(string database)
{
    private readonly List<(string Measure, string Value, string Beside, string Promise, bool? Met)> rows = [];

    /// <summary>One row, also printed at once.</summary>
    public void Add(string measure, string value, string beside, string promise, bool? met)
    {
        rows.Add((measure, value, beside, promise, met));
        Console.WriteLine($"{database,-9} {measure,-56} {value,-44} {beside,-44} promised {promise,-26} {(met is null ? "" : met.Value ? "met" : "NOT MET")}");
    }

    public static string N(double value, int digits = 0) => value.ToString("N" + digits, CultureInfo.InvariantCulture);

    /// <summary>The table in Markdown.</summary>
    public string Markdown()
    {
        var text = new StringBuilder($"### {database}\n\n| measure | result | beside it in the same run | promised | met |\n|---|---|---|---|---|\n");
        foreach (var row in rows) text.Append(CultureInfo.InvariantCulture, $"| {row.Measure} | {row.Value} | {row.Beside} | {row.Promise} | {(row.Met is null ? "" : row.Met.Value ? "yes" : "no")} |\n");
        return text.ToString();
    }
}
