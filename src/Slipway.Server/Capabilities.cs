using Microsoft.Extensions.Logging;
using Slipway.Access;
using Slipway.Artifacts;
using Slipway.Events;
using Slipway.Jobs;
using Slipway.Lineage;
using Slipway.Registry;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Server;

/// <summary>
/// The composition: a few lines for each capability, lowest layer first. To add yours: build it from <see cref="Parts"/>, add its jobs
/// (<see cref="Parts.JobHandlers"/>) and its routes (<c>XxxApi.Map(parts.Routes, ...)</c>); <see cref="Parts.Own{T}"/> what must be closed.
/// </summary>
internal static partial class Capabilities
{
    /// <summary>Builds every capability.</summary>
    public static void Compose(Parts parts)
    {
        ServerApi.Map(parts.Routes, parts.Own(new Readiness(parts.Database, parts.Blobs, parts.Clock)), parts.Own(new MetricStore()), parts.MetricTexts);
        if (parts.Options.OtlpEndpoint is { } collector) parts.Own(new OtlpExport(collector, parts.Logs.CreateLogger<OtlpExport>()));

        // Jobs
        JobsApi.Map(parts.Routes, new JobDesk(parts.Database, parts.Jobs, parts.Schedules, parts.JobHandlers, parts.JobCounts, parts.Clock,
            (session, caller, kind, subject, data) => parts.Events.Append(session, caller, kind, subject, data)));

        // Events
        var anchor = parts.Anchor = parts.Own(Anchor.Open(parts.Data));
        EventsApi.Map(parts.Routes, new EventSearch(parts.Database), new AuditVerification(parts.Database, anchor), anchor);
        parts.Own(new BackupApi(parts)).Map(parts.Routes);
        parts.JobHandlers.Add(new EventSealer(parts.Database, parts.Events, anchor, parts.Clock).Handler);
        ComposeAudit(parts, anchor);

        // Access: what it says about roots, the capabilities above explain.
        var access = parts.Own(new AccessParts(parts.Database, parts.Events, parts.Clock, parts.SecretKeys(), parts.Options.Access.PasswordRounds, parts.Options.Access.OpenId));
        parts.Access = access;
        var singleUser = parts.Options.Access.Mode is AccessMode.Single;
        AccessApi.Map(parts.Routes, access, singleUser, static () => HostAccounts.Others().Count > 0);
        ReviewApi.Map(parts.Routes, parts);
        SignInPages.Map(parts.Routes, access, singleUser);
        if (access is { OpenId: { } provider, OpenIdMembers: { } vouched }) OpenIdPages.Map(parts.Routes, provider, vouched, access.Credentials);
        parts.Preparations.Add(access.Usage.CountAll);
        if (new UsageRecount(parts.Database, access.Usage, parts.Clock, parts.Logs.CreateLogger<UsageRecount>()).Handler is { } recount) parts.JobHandlers.Add(recount);
        parts.Preparations.Add(parts.CheckSecretKeys);

        // Artifacts: the tree is below tracking, its routes ask tracking where the files of a run or model lie.
        var everywhere = parts.Options.EncryptArtifacts;
        var vault = new ArtifactVault(parts.Blobs, access.DataKeys, async (workspace, ct) => everywhere || (await access.Standings.Workspace(workspace, ct))?.EncryptArtifacts is true);
        access.Usage.Measures[Used.Bytes] = ArtifactTree.CountBytes;
        access.Usage.Measures[Used.Runs] = Runs.Count;
        var tree = new ArtifactTree(parts.Database, vault, parts.Events, parts.Clock, TrackedArtifacts.Gate);
        parts.JobHandlers.Add(new ArtifactSweep(parts.Database, parts.Blobs, parts.Clock, parts.Logs.CreateLogger<ArtifactSweep>()).Handler);
        var holders = ComposeTracking(parts, tree, access);
        ArtifactsApi.Map(parts.Routes, tree, new Uploads(parts.Database, vault, tree, parts.Clock), holders);
        ComposeRegistry(parts, access, ComposeWebhooks(parts, access), tree);
        ComposePredictionLog(parts, vault);
        ComposeLineage(parts);
        access.PersonalData.Places.AddRange(PeopleInLineage.Places);
    }

    private static WebhookDeliveries ComposeWebhooks(Parts parts, AccessParts access)
    {
        var allowPrivate = parts.Options.OutboundAllowPrivate;
        var check = new WebhookCheck(allowPrivate);
        var deliveries = new WebhookDeliveries(parts.Database, parts.Jobs, access.Secrets, parts.Own(Outbound.Client(allowPrivate)), parts.Clock, check);
        parts.JobHandlers.Add(deliveries.Handler);
        parts.Jobs.Abandoned[WebhookDeliveries.JobKind] = WebhookDeliveries.Abandon;
        WebhooksApi.Map(parts.Routes, new Webhooks.Webhooks(parts.Database, parts.Events, access.Secrets, deliveries, parts.Clock, check), deliveries);
        return deliveries;
    }

    private static void ComposeRegistry(Parts parts, AccessParts access, WebhookDeliveries deliveries, ArtifactTree tree)
    {
        var news = new RegistryNews(parts.Events, deliveries);
        var models = new RegisteredModels(parts.Database, news, parts.Clock, access.Standings);
        access.Grants.Finding[RootKind.RegisteredModel] = RegisteredModels.Manageable;
        access.Grants.Naming[RootKind.RegisteredModel] = RegisteredModels.Names;
        var inspections = new Inspections(parts.Database, news, parts.Jobs, tree, parts.Sandbox, parts.Clock, new InspectionRules(parts.Options.Registry.BlockUnsafe), parts.Logs.CreateLogger<Inspections>());
        parts.JobHandlers.Add(inspections.Handler);
        var packages = new Packages(parts.Database, tree, inspections);
        var (versions, gates) = ComposeGates(parts, news, packages, inspections);
        var cards = new ModelCards(parts.Database, news, parts.Metrics, parts.Clock) { Adding = { CardGates.AddTo, CardEvaluations.AddTo, CardOrigins.AddTo } };
        var boms = new BomFiles(parts.Database, cards, versions, tree, parts.Clock);
        CardsApi.Map(parts.Routes, new ModelProfiles(parts.Database, news, parts.Clock), cards, boms, new EvidencePack(parts.Database, cards, parts.Metrics, boms, parts.Anchor, parts.Clock) { Adding = { CardGates.Evidence, CardEvaluations.Evidence, CardOrigins.Evidence } });
        ComposeEvaluations(parts, news, tree, models, versions);
        RegistryApi.Map(parts.Routes, models, versions, packages, tree, inspections, new ModelSignatures(parts.Database, news, parts.Clock), new ModelsOverview(parts.Database));
        access.PersonalData.Places.AddRange(PeopleInModels.Places);
        ComposeServing(parts, access, news, tree, gates, inspections);
    }

    private static void ComposeLineage(Parts parts)
    {
        var kinds = new LineageKinds();
        ToldLineage.AddTo(kinds);
        TrackedLineage.AddTo(kinds);
        TrackedLineage.Join(kinds);
        RegisteredLineage.AddTo(kinds);
        Serving.ServedLineage.AddTo(kinds);
        var (options, text) = (parts.Options.Lineage, new OpenLineageText(parts.Options.Lineage.Namespace));
        var words = new Dictionary<string, Func<Storage.Session, Event, IEnumerable<System.Text.Json.Nodes.JsonObject>>>
        {
            ["run.updated"] = (session, change) => ToldRuns.Of(session, change, text),
            ["run.lost"] = (session, change) => ToldRuns.Of(session, change, text),
            ["model_version.created"] = (session, change) => ToldVersions.Of(session, change, text),
        };
        if (options.OpenLineageUrl is { } url) Tell(LineagePlace.Url(url, parts.Own(Outbound.Client(parts.Options.OutboundAllowPrivate)), options.OpenLineageTokenFile));
        if (options.OpenLineageFile is { } file) Tell(LineagePlace.File(file));
        void Tell(LineagePlace place) => parts.JobHandlers.Add(new LineageTeller(parts.Database, place, words, parts.Clock, parts.Logs.CreateLogger<LineageTeller>()).Handler);
        LineageApi.Map(parts.Routes, new LineageGraph(parts.Database, kinds), new ToldLineage(parts.Database, parts.Events, parts.Clock));
    }

    private static void ComposeAudit(Parts parts, Anchor anchor)
    {
        var (options, log) = (parts.Options.Audit, parts.Logs.CreateLogger<AnchorFollower>());
        if (options.AnchorFile is { } file) parts.Loop("audit.anchor.file", parts.Own(AnchorFollower.ToFile(anchor, file, parts.Clock, log)).Run);
        if (options.AnchorUrl is { } url)
            parts.Loop("audit.anchor.url", parts.Own(AnchorFollower.ToUrl(anchor, url, parts.Own(Outbound.Client(parts.Options.OutboundAllowPrivate)), parts.Data, parts.Clock, log)).Run);
        if (options.RetentionDays.Count > 0)
            parts.JobHandlers.Add(new EventRetention(parts.Database, parts.Events, parts.Clock, options.RetentionDays, parts.Logs.CreateLogger<EventRetention>()).Handler);
    }

    private static ArtifactHolders ComposeTracking(Parts parts, ArtifactTree artifacts, AccessParts access)
    {
        var rules = new TrackingRules { TruncateLongValues = parts.Options.Tracking.TruncateLongValues, Silence = parts.Options.Tracking.FailSilentRunsAfter, KeepDeleted = parts.Options.Tracking.KeepDeleted };
        var names = new RunNames(new Random());
        var metrics = parts.Metrics = parts.Own(new Metrics(parts.Database, parts.Logs.CreateLogger<Metrics>()));
        var compactor = new MetricsCompactor(metrics, parts.Database, parts.Clock, parts.Logs.CreateLogger<MetricsCompactor>());
        parts.Loop("metrics.settle", compactor.Settle);
        parts.JobHandlers.Add(compactor.Handler);
        var experiments = new Experiments(parts.Database, parts.Events, parts.Clock, rules, access.Standings);
        access.Workspaces.Making.Add(experiments.MakeDefault);
        access.PersonalData.Places.AddRange([.. PeopleInRuns.Places, PeopleInPaths.In(artifacts)]);
        access.Grants.Finding[RootKind.Experiment] = Experiments.Manageable;
        var runs = new Runs(parts.Database, parts.Events, parts.Clock, rules, names, new RunAnswers(metrics), metrics, artifacts);
        parts.JobHandlers.Add(new RunReaper(parts.Database, parts.Events, parts.Clock, parts.Options.Tracking.FailSilentRunsAfter, parts.Logs.CreateLogger<RunReaper>()).Handler);
        var models = new LoggedModels(parts.Database, parts.Events, parts.Clock, rules, names);
        var feed = parts.Own(new LiveFeed(parts.Database, metrics, parts.Clock, parts.Logs.CreateLogger<LiveFeed>()));
        parts.Loop("live.feed", feed.Run);
        var live = new LiveStreams(parts.Database, feed, parts.Clock, LiveStreams.HeartbeatDefault, LiveStreams.LifeDefault, parts.Stopping.Token);
        TrackingApi.Map(parts.Routes, experiments, runs, models, new History(parts.Database, metrics),
            parts.Own(new Ingest(parts.Database, runs, experiments, parts.Clock)), new Garbage(parts.Database, runs, experiments, artifacts, parts.Events, parts.Clock, rules),
            live);
        PagesApi.Map(parts.Routes, runs, new RunTable(parts.Database, metrics), new ChartSeries(parts.Database, metrics), live, new Finder(parts.Database) { Kinds = { Pages.Reports.FindIn, RegisteredModels.FindIn, Serving.Endpoints.FindIn } });
        parts.Preparations.Add(experiments.MakeDefault);
        ComposePages(parts, runs, experiments, access, rules, metrics);
        return new ArtifactHolders(runs.ArtifactUri, models.ArtifactUri);
    }

    private static void ComposePages(Parts parts, Runs runs, Experiments experiments, AccessParts access, TrackingRules rules, Metrics metrics)
    {
        HomeApi.Map(parts.Routes, new NeedsAttention(parts.Database, parts.Clock, rules) { Raising = { ModelDates.Raise } }, experiments, parts.Own(new ParamImportance(parts.Database, metrics)));
        var subjects = new Pages.Subjects { Finding = { ["report"] = Pages.Reports.AsSubject, ["registered_model"] = ModelSubjects.Model, ["model_version"] = ModelSubjects.Version, ["endpoint"] = Serving.Endpoints.AsSubject } };
        var reports = new Pages.Reports(parts.Database, parts.Events, parts.Clock);
        runs.Holding.Add(ModelVersions.Holding);
        runs.Holding.Add(static (session, held, _) => EvalDatasets.Holding(session, held));
        runs.Erasing.Add(Pages.Notes.Erase);
        experiments.Erasing.Add((session, workspace, id) =>
        {
            Pages.Notes.Erase(session, workspace, Experiments.Subject(id));
            Pages.SavedViews.Erase(session, id);
            Pages.Reports.Erase(session, id, parts.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        });
        access.PersonalData.Places.AddRange(Pages.PeopleInPages.Places);
        Pages.PagesApi.Map(parts.Routes, new Pages.SavedViews(parts.Database, parts.Events, parts.Clock), reports, new Pages.Notes(parts.Database, parts.Events, parts.Clock, subjects), new Pages.SubjectHistory(parts.Database, subjects));
    }
}
