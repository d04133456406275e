using System.Diagnostics;
using Slipway.Engines.Duck;
using Slipway.Prediction;

namespace Slipway.Cli.Score;

/// <summary>
/// Takes every row of a file through a model, in order. Rows stream from the work database in chunks, so memory does not grow with the file. A batch that the model refuses is halved until the rows
/// that it refuses stand alone: they go to the side file with the model's reason.
/// </summary>
internal sealed class BatchScoring(ScorePlan plan, ModelRuntime model, ScoreWork work, ScoreColumns columns, Action<ScoreProgress> tell)
{
    /// <summary>Failed rows, before any was scored, after which the model is not the one for this file.</summary>
    public const int FailedAtFirstMax = 10_000;

    private const int CommitRows = 65_536, RowsOfQuery = 1_000_000, TriesMax = 4, UnavailableInARowMax = 20;

    private static readonly TimeSpan CommitEvery = TimeSpan.FromSeconds(2);

    private readonly List<string> early = [];
    private readonly int[] good = new int[ScorePlan.BatchRowsMax];
    private ScoreOutputs? outputs;
    private long uncommitted;
    private long committed = Stopwatch.GetTimestamp();
    private int unavailable;

    /// <summary>Scores what is left.</summary>
    /// <returns>Null, or why it stopped. What was done stays.</returns>
    public async Task<Problem?> Run(CancellationToken ct)
    {
        var step = columns.RowsOfRun ?? Math.Clamp(plan.BatchRows, 1, ScorePlan.BatchRowsMax);
        using var reader = work.Reader();
        while (Next < work.Rows)
        {
            var (from, to) = (Next, Math.Min(work.Rows, Next + RowsOfQuery));
            using var rows = reader.Query($"SELECT rowid, {columns.Fault()}, {string.Join(", ", columns.Expressions())} FROM input WHERE rowid >= {from} AND rowid < {to}");
            while (rows.Next() is { } chunk)
            {
                // Predictions are matched with rows by their order alone.
                if (chunk[0].Values<long>()[0] != Next) throw new InvalidOperationException($"DuckDB gave row {chunk[0].Values<long>()[0]} where {Next} was to come.");
                for (var first = 0; first < chunk.Length; first += step)
                {
                    ct.ThrowIfCancellationRequested();
                    if (await Score(chunk, first, Math.Min(first + step, chunk.Length), ct) is { } problem) return Stop(problem);
                }
                if (work.Failed > plan.FailedMax) return Stop(Problem.Invalid($"More than {plan.FailedMax:N0} rows failed (--failed-max)."));
                CommitNowAndThen();
                tell(new ScoreProgress(work.Done, work.Rows, work.Failed));
            }
            if (Next == from) throw new InvalidOperationException($"DuckDB gave no rows from {from} on.");
        }
        work.Commit();
        if (work.Outputs is null)
            return work.Rows == 0 ? Problem.Invalid($"{plan.Input} has no rows.") : Problem.Invalid($"Every row failed. The first one: {early[0]}");
        return null;
    }

    private long Next => work.Done + early.Count;

    private Problem? Stop(Problem problem)
    {
        work.Commit();
        return problem;
    }

    private async Task<Problem?> Score(DuckChunk chunk, int first, int end, CancellationToken ct)
    {
        var count = Good(chunk, first, end);
        if (count == 0)
        {
            for (var row = first; row < end; row++)
                if (Fail(chunk[1].Text(row)!) is { } tooMany) return tooMany;
            return null;
        }
        var (given, made) = (TensorBatch.Rent(), TensorBatch.Rent());
        try
        {
            columns.Fill(given, chunk, 2, good.AsSpan(0, count));
            var problem = await RunPatiently(given, made, ct) ?? Fits(made, count);
            if (problem is null)
            {
                unavailable = 0;
                if (outputs is null && Begin(made, count) is { } unfit) return unfit;
                Append(chunk, first, end, made);
                return null;
            }
            if (count == 1)
            {
                unavailable = problem.Status is 503 or 429 ? unavailable + 1 : 0;
                if (unavailable > UnavailableInARowMax) return problem;
                for (var row = first; row < end; row++)
                    if (Fail(chunk[1].Text(row) ?? problem.Message) is { } tooMany) return tooMany;
                return null;
            }
        }
        finally
        {
            given.Release();
            made.Release();
        }
        var middle = first + (end - first) / 2;
        return await Score(chunk, first, middle, ct) ?? await Score(chunk, middle, end, ct);
    }

    private int Good(DuckChunk chunk, int first, int end)
    {
        var count = 0;
        var faults = chunk[1];
        for (var row = first; row < end; row++)
            if (faults.IsNull(row)) good[count++] = row;
        return count;
    }

    /// <summary>A worker that died is started again, a busy server has time soon: that is no fault of the rows.</summary>
    private async Task<Problem?> RunPatiently(TensorBatch given, TensorBatch made, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            made.Clear();
            Problem? problem;
            try
            {
                problem = await model.Run(given, made, ct);
            }
            catch (InvalidOperationException tooLarge)
            {
                problem = Problem.Invalid(tooLarge.Message);
            }
            if (problem is not { Status: 503 or 429 } || attempt == TriesMax) return problem;
            await Task.Delay(TimeSpan.FromMilliseconds(100 * Math.Pow(4, attempt - 1)), ct);
        }
    }

    private Problem? Fits(TensorBatch made, int rows) => outputs?.Differs(made, rows) is { } differs ? Problem.Internal(differs) : null;

    private Problem? Begin(TensorBatch made, int rows)
    {
        var found = ScoreOutputs.Of(made, model.Outputs, rows, work.Kept);
        if (found.Problem is { } unfit) return unfit;
        if (work.Outputs is null)
        {
            work.Define(found.Value.Columns);
            foreach (var reason in early) work.Fail(reason);
            early.Clear();
        }
        else if (!work.Outputs.Select(static one => (one.Name, one.Type)).SequenceEqual(found.Value.Columns))
            return Problem.Conflict($"The model answers {string.Join(", ", found.Value.Columns)}, and the rows scored before have {string.Join(", ", work.Outputs.Select(static one => (one.Name, one.Type)))}. Begin anew with --restart.");
        outputs = found.Value;
        return null;
    }

    private void Append(DuckChunk chunk, int first, int end, TensorBatch made)
    {
        var next = 0;
        for (var row = first; row < end; row++)
        {
            uncommitted++;
            if (chunk[1].Text(row) is { } fault) work.Fail(fault);
            else
            {
                var at = next++;
                work.Add(to => outputs!.Append(to, made, at));
            }
        }
    }

    private Problem? Fail(string reason)
    {
        if (work.Outputs is not null)
        {
            uncommitted++;
            work.Fail(reason);
            return null;
        }
        early.Add(reason);
        return early.Count < FailedAtFirstMax ? null : Problem.Invalid($"The first {FailedAtFirstMax:N0} rows all failed; the first one: {early[0]}");
    }

    private void CommitNowAndThen()
    {
        if (uncommitted < CommitRows && Stopwatch.GetElapsedTime(committed) < CommitEvery) return;
        work.Commit();
        (uncommitted, committed) = (0, Stopwatch.GetTimestamp());
    }
}

/// <summary>How far it is.</summary>
internal readonly record struct ScoreProgress(long Done, long Rows, long Failed);
