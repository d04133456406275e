using Slipway.Client;
using Slipway.Registry;

namespace Slipway.Quickstart;

/// <summary>
/// From a run to a model that stands where others take it: registered, described, scored by the server itself on a pinned dataset, let through its
/// gates, promoted to champion.
/// </summary>
public static class ModelRelease
{
    /// <summary>The registered model.</summary>
    public const string Model = "late-flights";

    /// <summary>The alias that a version is promoted to.</summary>
    public const string Alias = "champion";

    /// <summary>The evaluation dataset: flights of the week after training.</summary>
    public const string Dataset = "flights-test-week";

    private const string Policy = "late-flights-champion";
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    // What everybody may read, beside the model: what a champion has to show.
    private const string Checks = $"""
        description: What a model has to show before it tells passengers anything.
        checks:
          - check: metric
            title: better than guessing by hour and airport
            metric: roc_auc
            dataset: {Dataset}
            min: 0.63
          - check: metric
            title: not worse than the champion
            metric: roc_auc
            dataset: {Dataset}
            against: slot
            tolerance: 0.005
          - check: signature
            compatible_with: slot
          - check: fields
            required: [description, owner, purpose, intended_use, limitations]
          - check: dataset
            context: training
          - check: run
            clean_commit: false
          - check: scan

        """;

    /// <summary>Does it.</summary>
    /// <param name="options">As for the training.</param>
    /// <param name="trained">What the training left.</param>
    /// <param name="tell">Told of progress.</param>
    /// <param name="ct">Stops it; what is registered by then stays.</param>
    /// <exception cref="SlipwayException">The server refused something; a gate that holds the version back is no exception but part of the answer.</exception>
    public static async Task<QuickstartRelease> Run(QuickstartOptions options, QuickstartSummary trained, Action<QuickstartProgress>? tell = null, CancellationToken ct = default)
    {
        var clock = new Stages(tell);
        using var client = new SlipwayClient(options.Client);

        clock.Start("register", "registering the model and what it is for");
        var version = (await client.Models.RegisterAsync(Model, trained.ModelUri, trained.RunId, "Will this flight be more than 15 minutes late, asked an hour before departure?", ct)).Version!;
        await client.Models.DescribeAsync(Model, new DescribeModel
        {
            Owner = Environment.UserName,
            Purpose = "Tells passengers and crews of likely delays an hour before departure.",
            IntendedUse = "Domestic flights of the airports that it was trained on. A hint for people, not a decision about them.",
            Limitations = "Knows one January: neither other seasons nor airports that opened since. Its probabilities are calibrated on the week after training only.",
        }, ct);

        clock.Start("evaluate", "the server scores it itself, on a week that it has not seen");
        await client.Evaluations.AddAsync(new AddEvalDataset(Dataset, $"runs:/{trained.RunId}/{LateFlights.TestWeekPath}", LateFlights.Target, Description: "Flights of the week after training, every n-th of them."), ct);
        var metrics = await Evaluated(client, version, ct);

        clock.Start("gates", "what a champion has to show");
        await client.Gates.SavePolicyAsync(Policy, Checks, "The quickstart's.", ct: ct);
        if (!(await client.Gates.AttachmentsAsync(Model, ct)).Any(one => one.Policy == Policy && one.Model == Model && one.Alias == Alias))
            await client.Gates.AttachAsync(new GateAttachment(Policy, Model, Alias: Alias), ct);
        var gates = await client.Gates.CheckAsync(Model, version, alias: Alias, ct: ct);
        while (gates.Checks!.Any(check => check.Status is "pending"))
        {
            await Task.Delay(LookEvery, ct);
            gates = await client.Gates.CheckAsync(Model, version, alias: Alias, ct: ct);
        }
        if (gates.Passed) await client.Models.MoveAsync(Model, [new ModelMove(version, Alias: Alias)], "It passed every check.", ct);
        return new(Model, version, gates.Passed, [.. gates.Checks!.Select(check => new QuickstartGate(check.Title ?? check.Check ?? "", check.Status ?? "", check.Message ?? ""))], metrics, clock.Finish());
    }

    /// <summary>Scores, as the server computed them.</summary>
    private static async Task<Dictionary<string, double>> Evaluated(SlipwayClient client, string version, CancellationToken ct)
    {
        var evaluation = await client.Evaluations.EvaluateAsync(new EvaluateModelVersion(Model, version, Dataset), ct);
        while (evaluation.Status is "WAITING" or "RUNNING")
        {
            await Task.Delay(LookEvery, ct);
            evaluation = await client.Evaluations.GetAsync(Model, version, evaluation.Id, ct);
        }
        if (evaluation.Status is not "DONE") throw new SlipwayException($"The server could not score version {version} of {Model}: {evaluation.Problem}", null, null, $"slipway models evaluations {Model} {version} shows it.");
        return evaluation.Metrics!.ToDictionary(metric => metric.Metric!, metric => metric.Value);
    }
}

/// <summary>One check of a gate.</summary>
/// <param name="Title">What it asks for.</param>
/// <param name="Status">passed, failed, pending or waived.</param>
/// <param name="Message">Why.</param>
public sealed record QuickstartGate(string Title, string Status, string Message);

/// <summary>What became of the model.</summary>
/// <param name="Model">The registered model.</param>
/// <param name="Version">Its new version.</param>
/// <param name="Promoted">Whether it stands behind the alias now.</param>
/// <param name="Gates">What each check said.</param>
/// <param name="Metrics">What the server computed on the test week.</param>
/// <param name="Seconds">Seconds by stage (register, evaluate, gates) and in all (total).</param>
public sealed record QuickstartRelease(string Model, string Version, bool Promoted, IReadOnlyList<QuickstartGate> Gates, IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, double> Seconds);
