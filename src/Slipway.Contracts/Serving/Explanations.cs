using System.Text.Json;

namespace Slipway.Serving;

/// <summary>GET predictions/{id}/explanation.</summary>
/// <param name="Id">Required; part of the path. The prediction.</param>
/// <param name="Endpoint">Where two endpoints saw the same id.</param>
/// <param name="Row">Which row of a batch; 0 if null.</param>
/// <param name="Output">Which number of the answer; the last column of the last output of numbers if null.</param>
/// <param name="Samples">About how many rows the model is asked for: 100 to 20,000; 2,048 if null.</param>
/// <param name="Background">How many other rows it is compared with: 1 to 256; 32 if null.</param>
/// <param name="Seed">Of the sampled orders; 1 if null.</param>
public sealed record ExplainPrediction(string? Id = null, string? Endpoint = null, int? Row = null, string? Output = null, int? Samples = null, int? Background = null, int? Seed = null)
{
    /// <summary>The most background rows.</summary>
    public const int BackgroundMax = 256;

    /// <summary>Background rows unless somebody says otherwise.</summary>
    public const int BackgroundDefault = 32;
}

/// <summary>Why predictions were made.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Model">The registered model.</param>
/// <param name="Version">The version that was asked.</param>
/// <param name="Method">`shapley`, or `sampled-shapley`.</param>
/// <param name="Output">Which number is explained.</param>
/// <param name="Background">What rows were compared with.</param>
/// <param name="Samples">How many rows the model was asked for.</param>
/// <param name="Exact">True when nothing was sampled.</param>
/// <param name="Explanations">One for each row.</param>
public sealed record Explanation(string Endpoint, string Model, string Version, string Method, string Output, ExplanationBackground Background, int Samples, bool Exact, ExplainedRow[] Explanations);

/// <summary>What explained rows are compared with.</summary>
/// <param name="Rows">How many.</param>
/// <param name="From">`log`.</param>
public sealed record ExplanationBackground(int Rows, string From);

/// <summary>Why one row got its prediction: base and attributions sum to it.</summary>
/// <param name="Row">Which row of the request.</param>
/// <param name="Base">The mean prediction of the background.</param>
/// <param name="Prediction">The row's.</param>
/// <param name="Attributions">By column, the largest first.</param>
public sealed record ExplainedRow(int Row, double Base, double Prediction, ExplainedColumn[] Attributions);

/// <summary>What a column did.</summary>
/// <param name="Name">The column.</param>
/// <param name="Value">Its value in the row.</param>
/// <param name="Attribution">How much it moved the prediction.</param>
/// <param name="Error">The standard error; 0 where it is exact, absent with a single sample.</param>
public sealed record ExplainedColumn(string Name, JsonElement Value, double Attribution, double? Error);
