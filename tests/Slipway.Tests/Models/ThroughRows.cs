// Written by `slipway models codegen` from version 1 of 'through rows' (files abc). Run it again instead of changing this file.
#nullable enable
using Slipway.Models;

namespace Slipway.Tests.Models;

/// <summary>A row that 'through rows' predicts for.</summary>
public sealed record ThroughRowsInput
{
    /// <summary>`p`, double</summary>
    [SlipwayColumn("p")]
    public required double P { get; set; }

    /// <summary>`plan "x"`, string</summary>
    [SlipwayColumn("plan \"x\"")]
    public string? PlanX { get; set; }

    /// <summary>`2nd`, long</summary>
    [SlipwayColumn("2nd")]
    public long? _2nd { get; set; }
}

/// <summary>What 'through rows' answers for a row.</summary>
public sealed record ThroughRowsOutput
{
    /// <summary>`probability`, float32 [-1, 1]</summary>
    [SlipwayColumn("probability")]
    public float Probability { get; set; }

    /// <summary>`scores`, float32 [-1, 3]</summary>
    [SlipwayColumn("scores")]
    public float[] Scores { get; set; } = [];

    /// <summary>`label`, string</summary>
    [SlipwayColumn("label")]
    public string Label { get; set; } = "";
}
