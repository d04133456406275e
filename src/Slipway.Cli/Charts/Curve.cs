namespace Slipway.Cli.Charts;

/// <summary>A series in buckets along one axis, as a chart draws it: at each place the whole range of its values.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="At">Where each bucket begins: a step or a Unix millisecond.</param>
/// <param name="Min">The smallest value of each; NaN where it has none.</param>
/// <param name="Max">The largest.</param>
/// <param name="First">The first along the axis.</param>
/// <param name="Last">The last.</param>
internal sealed record Curve(string Name, long[] At, double[] Min, double[] Max, double[] First, double[] Last);

/// <summary>A cell of a drawn chart.</summary>
/// <param name="Dots">The braille pattern, U+2800 to U+28FF.</param>
/// <param name="Curve">The number of the curve that was drawn there last, or -1.</param>
internal readonly record struct ChartCell(char Dots, int Curve);
