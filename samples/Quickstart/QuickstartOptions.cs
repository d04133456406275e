using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Quickstart.Learner;

namespace Slipway.Quickstart;

/// <summary>What <see cref="LateFlights"/> works with; the defaults are the real thing.</summary>
public sealed record QuickstartOptions
{
    /// <summary>Where the server is; null takes everything from the environment (MLFLOW_TRACKING_URI).</summary>
    public SlipwayClientOptions? Client { get; init; }

    /// <summary>The experiment that the runs go to.</summary>
    public string Experiment { get; init; } = "late-flights";

    /// <summary>The flights' file; the build puts it beside the program.</summary>
    public string Parquet { get; init; } = System.IO.Path.Combine(AppContext.BaseDirectory, "data", "flights-3m.parquet");

    /// <summary>First day of training.</summary>
    public DateTime TrainFrom { get; init; } = new(2001, 1, 1);

    /// <summary>First day that settings are judged on; the final training includes it.</summary>
    public DateTime ValidateFrom { get; init; } = new(2001, 1, 25);

    /// <summary>First day of the test, and the day after the last of training.</summary>
    public DateTime TestFrom { get; init; } = new(2001, 2, 1);

    /// <summary>The day after the last of the test.</summary>
    public DateTime TestTo { get; init; } = new(2001, 2, 8);

    /// <summary>The settings to try, at least one.</summary>
    public IReadOnlyList<BoostOptions> Grid
    {
        get;
        init => field = value.Count > 0 ? value : throw new ArgumentException("The grid needs at least one setting.", nameof(value));
    } =
    [
        new() { Leaves = 15, LearningRate = 0.1, Rounds = 100 },
        new() { Leaves = 31, LearningRate = 0.1, Rounds = 100 },
        new() { Leaves = 63, LearningRate = 0.1, Rounds = 100 },
        new() { Leaves = 15, LearningRate = 0.2, Rounds = 60 },
        new() { Leaves = 31, LearningRate = 0.2, Rounds = 60 },
        new() { Leaves = 63, LearningRate = 0.2, Rounds = 60 },
    ];

    internal async Task<DatasetVersion> Dataset(int rows, CancellationToken ct) => await DatasetVersion.OfFileAsync(Parquet, ct: ct) with
    {
        Source = new JsonObject { ["uri"] = System.IO.Path.GetFullPath(Parquet), ["from"] = $"{TrainFrom:yyyy-MM-dd}", ["to"] = $"{TestTo:yyyy-MM-dd}" }.ToJsonString(),
        Schema = DatasetVersion.SchemaOf(("date", "datetime"), ("delay", "long"), ("distance", "long"), ("origin", "string"), ("destination", "string")),
        Profile = DatasetVersion.ProfileOf(rows, 5),
    };

    internal Dictionary<string, object?> Params(int trained, int trainedInAll, int all) => new()
    {
        ["question"] = $"more than {Flights.LateAfterMinutes} minutes late, asked {FlightFeatures.AskedMinutesBefore} minutes before departure",
        ["train"] = $"{TrainFrom:yyyy-MM-dd} to {TestFrom:yyyy-MM-dd}",
        ["test"] = $"{TestFrom:yyyy-MM-dd} to {TestTo:yyyy-MM-dd}",
        ["settings_judged_from"] = $"{ValidateFrom:yyyy-MM-dd}",
        ["rows_for_settings"] = trained,
        ["train_rows"] = trainedInAll,
        ["test_rows"] = all - trainedInAll,
        ["features"] = string.Join(", ", FlightFeatures.Names),
    };
}
