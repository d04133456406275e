using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// The card of a version: nothing of it is kept but what authors wrote. All else is asked anew of the run, the files, the gates, so that a card cannot
/// disagree with what it is about.
/// </summary>
internal sealed class ModelCards(Database db, RegistryNews events, Metrics metrics, TimeProvider clock)
{
    private static readonly RunFacts.Limits Shown = new(ModelCard.ParamsMax, ModelCard.MetricsMax, ModelCard.DatasetsMax);

    /// <summary>What gates, approvals and evaluations add to a card, by the capability that knows them: in the card's own snapshot.</summary>
    public List<Func<Session, Caller, ModelVersionRow, ModelCard, ModelCard>> Adding { get; } = [];

    /// <summary>The card of a version.</summary>
    public async Task<Outcome<ModelCard>> Get(Caller caller, ModelVersionRef request, CancellationToken ct)
    {
        if (Check(request, out var version) is { } bad) return bad;
        if (await metrics.EnsureSettled(ct) is { } unsettled) return unsettled;
        return await db.Read<Outcome<ModelCard>>(session => ModelVersions.Find(session, caller, request.Name!, version, "", out var row) is { } refused ? refused : Read(session, caller, row), ct);
    }

    /// <summary>Replaces a version's own sections.</summary>
    public async Task<Outcome<OwnCardSections>> PutSections(Caller caller, PutCardSections request, CancellationToken ct)
    {
        if (Check(new ModelVersionRef(request.Name, request.Version), out var version) is { } bad) return bad;
        if (request.Sections is null) return Problem.Missing("sections");
        if (CardSections.Check(request.Sections, out var sections) is { } badSection) return badSection;
        var done = await db.Write<OwnCardSections>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            var before = CardSections.Read(session, row.ModelId, row.Version);
            CardSections.Put(session, row.ModelId, row.Version, sections!);
            session.Execute("UPDATE model_versions SET updated_ms = $1 WHERE no = $2", clock.GetUtcNow().ToUnixTimeMilliseconds(), row.No);
            events.Append(session, caller, "model_version.described", row.Subject, EventData.Of(("name", row.Name), ("version", RegisteredModels.Text(row.Version)),
                ("sections.before", Titles(before)), ("sections.after", Titles(sections!))));
            return new OwnCardSections([.. CardSections.Read(session, row.ModelId, row.Version)]);
        }, ct);
        events.Hint();
        return done;
    }

    /// <summary>The card of a version that the caller may see; await <see cref="Metrics.EnsureSettled"/> before.</summary>
    public ModelCard Read(Session session, Caller caller, ModelVersionRow row)
    {
        var record = ModelVersions.Records(session, [row.No])[0];
        var profile = ModelProfiles.Read(session, row.ModelId, row.Name);
        var hidden = new List<string>();
        var card = new ModelCard
        {
            Name = row.Name,
            Version = record.Version,
            Stage = record.CurrentStage,
            Aliases = record.Aliases,
            Description = NullIfEmpty(record.Description),
            ModelDescription = NullIfEmpty(session.Text("SELECT description FROM registered_models WHERE id = $1", row.ModelId)),
            RegisteredMs = record.CreationTimestamp ?? 0,
            RegisteredBy = record.UserId,
            Source = record.Source,
            Tags = record.Tags,
            Profile = profile,
            Package = Short(Packages.Read(session, row.No)),
            Sections = RegisteredModels.Some(CardSections.Together(profile.Sections ?? [], CardSections.Read(session, row.ModelId, row.Version))),
        };
        card = WithModel(session, caller, row, WithRun(session, caller, row, card, hidden), hidden);
        foreach (var add in Adding) card = add(session, caller, row, card);
        var lacking = ModelProfiles.Fields(profile).Where(static field => field.Value is null).Select(static field => field.Field).ToList();
        if (card.Description is null && card.ModelDescription is null) lacking.Add("description");
        if (card.Package is { Inputs: null }) lacking.Add("signature");
        if (card.DatasetsTotal == 0 && hidden.Count == 0) lacking.Add("datasets");
        return card with { Lacking = RegisteredModels.Some(lacking), Hidden = RegisteredModels.Some(hidden) };
    }

    private ModelCard WithRun(Session session, Caller caller, ModelVersionRow row, ModelCard card, List<string> hidden)
    {
        if (string.IsNullOrEmpty(row.RunId)) return card;
        if (RunFacts.Read(session, caller, metrics, row.RunId, Shown, out var run) is not null)
        {
            hidden.Add("run");
            return card;
        }
        return card with
        {
            Run = Run(run),
            Params = RegisteredModels.Some(run.Params.Select(static one => new Param(one.Key, one.Value))),
            ParamsTotal = run.ParamsTotal,
            Metrics = RegisteredModels.Some(run.Metrics.Select(Claimed)),
            MetricsTotal = run.MetricsTotal,
            Datasets = RegisteredModels.Some(run.Datasets.Select(Data)),
            DatasetsTotal = run.DatasetsTotal,
        };
    }

    private static ModelCard WithModel(Session session, Caller caller, ModelVersionRow row, ModelCard card, List<string> hidden)
    {
        if (string.IsNullOrEmpty(row.LoggedModelId)) return card;
        if (LoggedModels.Find(session, caller with { Acting = Right.None }, row.LoggedModelId, false, out var found) is not null)
        {
            hidden.Add("logged_model");
            return card;
        }
        var model = LoggedModels.Records(session, [found.No])[0];
        var known = (card.Params ?? []).Select(static one => one.Key).ToHashSet();
        var more = (model.Data?.Params ?? []).Where(one => !known.Contains(one.Key)).Select(static one => new Param(one.Key, one.Value)).ToList();
        // What was logged with data says more than the same value of the run without.
        var own = (model.Data?.Metrics ?? []).Select(Claimed).ToList();
        var said = own.Select(static one => (one.Key, one.Value, one.Step)).ToHashSet();
        var metrics = own.Concat((card.Metrics ?? []).Where(one => !said.Contains((one.Key, one.Value, one.Step)))).OrderBy(static one => one.Key, StringComparer.Ordinal).ToList();
        return card with
        {
            LoggedModel = new CardLoggedModel(found.ModelId, model.Info?.Name, model.Info?.ModelType),
            Params = RegisteredModels.Some((card.Params ?? []).Concat(more).OrderBy(static one => one.Key, StringComparer.Ordinal).Take(ModelCard.ParamsMax)),
            ParamsTotal = card.ParamsTotal + more.Count,
            Metrics = RegisteredModels.Some(metrics.Take(ModelCard.MetricsMax)),
            MetricsTotal = Math.Max(card.MetricsTotal, metrics.Count),
        };
    }

    /// <summary>A run as cards show it.</summary>
    public static CardRun Run(RunFacts run) => new(run.Row.RunId, run.Row.Name, RegisteredModels.Text(run.Row.ExperimentId), run.ExperimentName, run.Row.Status.ToString(), run.Row.UserId, run.Row.StartMs, run.Row.EndMs,
        run.Tag("mlflow.source.git.commit"), run.Tag("mlflow.source.git.branch"), run.Tag("mlflow.source.git.repoURL"), run.Tag("slipway.git.dirty") is { } dirty ? dirty.StartsWith("true", StringComparison.Ordinal) : null,
        run.Tag("mlflow.source.name"));

    /// <summary>A metric that a client logged.</summary>
    public static CardMetric Claimed(Metric metric) => new(metric.Key!, metric.Value ?? double.NaN, metric.Step ?? 0, metric.Timestamp ?? 0, CardMetric.Claimed, metric.DatasetName, metric.DatasetDigest);

    /// <summary>Data that a run read.</summary>
    public static CardDataset Data(DataOfRun data) => new(data.Dataset.Name!, data.Dataset.Digest!, data.Context, data.Dataset.SourceType, data.Dataset.Source);

    /// <summary>Null for a request that names a version.</summary>
    public static Problem? Check(ModelVersionRef request, out long version)
    {
        version = 0;
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var number = RegistryCheck.Version(request.Version);
        version = number.Succeeded ? number.Value : 0;
        return number.Problem;
    }

    private static CardPackage Short(ModelPackage package) => new(package.Files?.Length ?? 0, package.Bytes, package.Digest, package.Flavors, package.PythonVersion, package.MlflowVersion, package.Inputs, package.Outputs, package.Remark);

    private static string Titles(List<CardSection> sections) => string.Join(", ", sections.Select(static section => section.Title));

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
