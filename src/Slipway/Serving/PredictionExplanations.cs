using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Explains logged predictions by the version that made them, against other rows that the endpoint was asked for.</summary>
internal sealed class PredictionExplanations(Database db, PredictionSegments segments, PredictionSearch search, Func<long, string, ServedEndpoint?> serving)
{
    /// <summary>The most rows of one request.</summary>
    public const int RowsMax = 16;

    private const int SegmentsMax = 8;

    /// <summary>Explains one row of a prediction.</summary>
    public async Task<Outcome<Explanation>> Explain(Caller caller, ExplainPrediction request, CancellationToken ct)
    {
        var (row, samples, most) = (request.Row ?? 0, request.Samples ?? Explainer.SamplesDefault, request.Background ?? ExplainPrediction.BackgroundDefault);
        if (samples is < 100 or > Explainer.SamplesMax) return Problem.Invalid($"'samples' is 100 to {Explainer.SamplesMax:N0}, got {samples}.");
        if (most is < 1 or > ExplainPrediction.BackgroundMax) return Problem.Invalid($"'background' is 1 to {ExplainPrediction.BackgroundMax}, got {most}.");
        var found = await search.Find(caller, new PredictionRef(request.Id, request.Endpoint), ct);
        if (found.Problem is { } refused) return refused;
        if (found.Value is not { } logged) return Problem.NotFound("No such prediction is in the log.");
        if (logged.Inputs.Count == 0) return Problem.Invalid(logged.Cut ? "The prediction's inputs were too large to log, so it cannot be explained." : "The prediction's inputs are not logged, so it cannot be explained. The endpoint's log keeps them with 'payload': true.");
        if (logged.Inputs.Count > Explainer.ColumnsMax) return Problem.Invalid($"At most {Explainer.ColumnsMax} columns are explained, the prediction has {logged.Inputs.Count}.");
        var rows = LoggedRows.Like(logged);
        rows.Add(logged, 100_000);
        if (row < 0 || row >= rows.Count) return Problem.Invalid($"'row' is 0 to {rows.Count - 1}, got {row}.");
        var background = await Background(caller.Workspace, logged, most, ct);
        if (background.Count == 0) return Problem.Invalid("There is nothing to compare the prediction with: the log holds no other request with the same columns. Ask again after some more.");
        if (Lease(caller.Workspace, logged) is not { } model) return Problem.Conflict($"Version {logged.Version} of '{logged.Model}', which made the prediction, is not loaded now. Route the endpoint '{logged.Endpoint}' to it, with weight 0 if it should not answer.");
        try
        {
            var output = await Explainer.Output(model, rows, request.Output, ct);
            if (output.Problem is { } noOutput) return noOutput;
            var explained = await Explainer.Explain(model, rows, row, background, output.Value, samples, request.Seed ?? 1, ct);
            return explained.Problem is { } failed ? failed : Answer(logged, row, rows, background.Count, output.Value.Name, explained.Value);
        }
        finally
        {
            model.Release();
        }
    }

    /// <summary>Explains the rows of a request that was read and not run: `:explain` and `/explanations`.</summary>
    public async ValueTask<Outcome<ReadOnlyMemory<byte>>> Explain(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call, HttpContext http, CancellationToken ct)
    {
        var query = http.Request.Query;
        var (samples, most, seed) = (Whole(query["samples"], Explainer.SamplesDefault), Whole(query["background"], ExplainPrediction.BackgroundDefault), Whole(query["seed"], 1));
        if (samples is not (>= 100 and <= Explainer.SamplesMax)) return Problem.Invalid($"'samples' is 100 to {Explainer.SamplesMax:N0}, got '{query["samples"]}'.");
        if (most is not (>= 1 and <= ExplainPrediction.BackgroundMax)) return Problem.Invalid($"'background' is 1 to {ExplainPrediction.BackgroundMax}, got '{query["background"]}'.");
        if (call.Inputs.Rows is < 1 or > RowsMax) return Problem.Invalid($"1 to {RowsMax} rows are explained at once, got {call.Inputs.Rows:N0}.");
        var asked = CallColumns.Of(endpoint, arm, call);
        if (asked.Inputs.Count is 0 or > Explainer.ColumnsMax) return Problem.Invalid($"1 to {Explainer.ColumnsMax} columns are explained, the request has {asked.Inputs.Count}.");
        var rows = LoggedRows.Like(asked);
        rows.Add(asked, RowsMax);
        var background = await Background(endpoint.Workspace, asked, most.Value, ct);
        if (rows.Count == 0 || background.Count == 0) return Problem.Invalid("There is nothing to compare the rows with: the endpoint's log holds no request with the same columns. Send some requests for predictions first.");
        var output = await Explainer.Output(arm.Model, rows, query["output"], ct);
        if (output.Problem is { } noOutput) return noOutput;
        Explanation? answer = null;
        for (var row = 0; row < rows.Count; row++)
        {
            var explained = await Explainer.Explain(arm.Model, rows, row, background, output.Value, samples.Value, seed ?? 1, ct);
            if (explained.Problem is { } failed) return failed;
            var one = Answer(asked, row, rows, background.Count, output.Value.Name, explained.Value);
            answer = answer is null ? one : answer with { Explanations = [.. answer.Explanations, .. one.Explanations], Samples = answer.Samples + one.Samples, Exact = answer.Exact && one.Exact };
        }
        return new ReadOnlyMemory<byte>(JsonSerializer.SerializeToUtf8Bytes(answer!, PredictionsJson.Default.Explanation));
    }

    private static int? Whole(string? text, int missing) => string.IsNullOrEmpty(text) ? missing : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Explanation Answer(LoggedPrediction logged, int row, LoggedRows rows, int background, string output, Attribution found)
    {
        var columns = rows.Names.Select((name, i) => new ExplainedColumn(name, Json(rows.Value(row, i)), found.Values[i], double.IsFinite(found.Errors[i]) ? found.Errors[i] : null)).OrderByDescending(static one => Math.Abs(one.Attribution));
        return new Explanation(logged.Endpoint, logged.Model, logged.Version, found.Exact ? "shapley" : "sampled-shapley", output, new ExplanationBackground(background, "log"), found.Evaluations, found.Exact,
            [new ExplainedRow(row, found.Base, found.Prediction, [.. columns])]);
    }

    private async Task<LoggedRows> Background(long workspace, LoggedPrediction logged, int most, CancellationToken ct)
    {
        var rows = LoggedRows.Like(logged);
        foreach (var row in await db.Read(session => PredictionSegments.Latest(session, workspace, logged.Endpoint, 0, long.MaxValue, null, SegmentsMax), ct))
        {
            if (rows.Count >= most) break;
            var opened = await segments.Open(row, ct);
            if (!opened.Succeeded) continue;
            var ids = opened.Value.Texts("id");
            for (var i = opened.Value.Records - 1; i >= 0 && rows.Count < most; i--)
                if (ids[i] != logged.Id && opened.Value.Numbers<int>("status")[i] < 400) rows.Add(opened.Value.Read(i, payload: true), most);
        }
        return rows;
    }

    private ServedModel? Lease(long workspace, LoggedPrediction logged)
    {
        foreach (var arm in serving(workspace, logged.Endpoint)?.Arms ?? [])
            if (arm.Model.Version == logged.Version && arm.Model.Name == logged.Model && arm.Model.TryLease()) return arm.Model;
        return null;
    }

    private static JsonElement Json(object value)
    {
        var text = value switch
        {
            bool truth => truth ? "true" : "false",
            long whole => whole.ToString(CultureInfo.InvariantCulture),
            float number when float.IsFinite(number) => number.ToString("R", CultureInfo.InvariantCulture),
            double number when double.IsFinite(number) => number.ToString("R", CultureInfo.InvariantCulture),
            _ => $"\"{JsonEncodedText.Encode(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")}\"",
        };
        using var parsed = JsonDocument.Parse(text);
        return parsed.RootElement.Clone();
    }
}
