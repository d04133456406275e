using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Prediction;
using Slipway.Prediction.Protocols;
using Slipway.Sandbox;
using Slipway.Serving;

namespace Slipway.Server;

/// <summary>How a bundle is served.</summary>
/// <param name="Folder">The bundle.</param>
public sealed record BundleChoices(string Folder)
{
    /// <summary>Where it writes; null for `data` in the bundle.</summary>
    public string? Data { get; init; }

    /// <summary>False leaves the program's own files out of the comparison with their digests.</summary>
    public bool VerifyProgram { get; init; } = true;

    /// <summary>What requests must carry as a bearer token; null for nothing.</summary>
    public string? Token { get; init; }
}

/// <summary>An exported endpoint that answers without database and server: the data plane alone.</summary>
public sealed class BundleServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ServedEndpoint endpoint;
    private readonly List<IDisposable> owned;
    private readonly CancellationTokenSource stopping;
    private readonly TimeSpan drain;
    private bool stopped;

    private BundleServer(WebApplication app, ServedEndpoint endpoint, List<IDisposable> owned, CancellationTokenSource stopping, TimeSpan drain) =>
        (this.app, this.endpoint, this.owned, this.stopping, this.drain) = (app, endpoint, owned, stopping, drain);

    /// <summary>The addresses that answer.</summary>
    public IReadOnlyList<string> Urls => [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>What it serves.</summary>
    public string Endpoint => endpoint.Name;

    /// <summary>Compares the files with their digests, loads the versions, listens. When the task ends, requests are answered.</summary>
    /// <exception cref="ServerStartException">A file is not what it was, a version cannot be loaded, or the address is taken.</exception>
    public static async Task<BundleServer> Start(ServerOptions options, BundleChoices choices, CancellationToken ct)
    {
        if (!options.Urls.Any(ServerOptions.IsHttps) && options.Tls.Certificate is not null) throw new ServerStartException("tls.certificate: is set, and no address under urls begins with https.");
        var opened = await Bundle.Open(choices.Folder, choices.VerifyProgram, ct);
        if (opened.Problem is { } unfit) throw new ServerStartException(unfit.Message);
        var bundle = opened.Value;
        var data = Path.GetFullPath(choices.Data ?? Path.Combine(bundle.Folder, Bundle.Data));
        List<IDisposable> owned = [];
        ServedEndpoint? endpoint = null;
        WebApplication? app = null;
        try
        {
            var sandbox = Own(new SandboxRunner(new SandboxOptions(Path.Combine(data, "sandbox")) { Mechanism = options.Sandbox.Wanted, Folders = options.Sandbox.Folders, Hidden = [data] }));
            var outbound = Own(Outbound.Client(options.OutboundAllowPrivate));
            outbound.Timeout = Timeout.InfiniteTimeSpan;
            var loaded = await BundleLoader.Load(bundle, new ModelOpener(new PythonWorkers(sandbox, options.Python.Options, TimeProvider.System), outbound), ct);
            if (loaded.Problem is { } failed) throw new ServerStartException(failed.Message);
            endpoint = loaded.Value;

            var (table, predictor) = (new EndpointTable(), new Predictor(Random.Shared));
            table.Swap([endpoint]);
            var stopping = Own(new CancellationTokenSource());
            var host = new PredictionHost(table, predictor) { Version = Version, Ready = () => !stopping.IsCancellationRequested };

            app = Build(options);
            ((IEndpointRouteBuilder)app).DataSources.Add(PredictionEndpoints.Map(Routes(host, endpoint.Name), Ask(choices.Token)));
            ((IEndpointRouteBuilder)app).DataSources.Add(new DefaultEndpointDataSource(new Microsoft.AspNetCore.Routing.RouteEndpoint(context => Metrics(context, host), RoutePatternFactory.Parse("/metrics"), 0, new EndpointMetadataCollection(new HttpMethodMetadata(["GET"])), "metrics")));
            await app.StartAsync(ct);
            var started = new BundleServer(app, endpoint, owned, stopping, options.Drain);
            (app, endpoint, owned) = (null, null, []);
            return started;
        }
        catch (IOException failure) when (failure is { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } or { InnerException.InnerException: Microsoft.AspNetCore.Connections.AddressInUseException })
        {
            throw new ServerStartException($"urls: {string.Join(", ", options.Urls)} is taken by another program. Stop it, or listen elsewhere with --urls http://127.0.0.1:PORT.", failure);
        }
        finally
        {
            if (app is not null) await app.DisposeAsync();
            if (endpoint is not null) Release(endpoint);
            for (var i = owned.Count - 1; i >= 0; i--) owned[i].Dispose();
        }

        T Own<T>(T part) where T : IDisposable
        {
            owned.Add(part);
            return part;
        }
    }

    /// <summary>Is not ready any more, finishes what was begun, writes the log.</summary>
    public async Task Stop(CancellationToken ct = default)
    {
        if (stopped) return;
        stopped = true;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(drain);
        // Not ready first: whoever balances looks elsewhere while what was begun is finished.
        await stopping.CancelAsync();
        await app.StopAsync(deadline.Token);
        await app.DisposeAsync();
        Release(endpoint);
        for (var i = owned.Count - 1; i >= 0; i--) owned[i].Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Stop();

    private static readonly (string Name, string Help, Func<ServedCount, double> Of)[] Counters =
    [
        ("slipway_predictions_total", "Requests that were answered.", static count => count.Totals.Succeeded),
        ("slipway_predictions_failed_total", "Requests that failed.", static count => count.Totals.Failed),
        ("slipway_prediction_rows_total", "Rows that models were asked for.", static count => count.Totals.Inferences),
        ("slipway_prediction_queue_seconds_total", "Time that requests waited.", static count => count.Nanoseconds.Queue / 1e9),
        ("slipway_prediction_run_seconds_total", "Time that models ran.", static count => count.Nanoseconds.Run / 1e9),
    ];

    private static string Version { get; } = typeof(BundleServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private static void Release(ServedEndpoint endpoint)
    {
        foreach (var model in endpoint.Arms.Select(static arm => arm.Model).Distinct()) model.Release();
    }

    private static WebApplication Build(ServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "slipway" });
        builder.Services.AddSingleton<IHostLifetime, SlipwayServer.NoSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Drain);
        builder.Services.AddRoutingCore();
        LogSetup.Add(builder.Logging, options.Log);
        TlsCertificate? certificate = null;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => SlipwayServer.Configure(kestrel, options));
        if (options.Urls.Any(ServerOptions.IsHttps)) builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => SlipwayServer.Secure(kestrel, options, () => certificate!));
        var app = builder.Build();
        if (options.Tls.Certificate is not null) certificate = new TlsCertificate(options.Tls, TimeProvider.System, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<TlsCertificate>());
        app.UseRouting();
        return app;
    }

    /// <summary>The contracts of one model at the root, then those with the endpoint's name; the former win.</summary>
    private static IEnumerable<PredictionRoute> Routes(PredictionHost host, string name) =>
        PredictionRoutes.Single(host, name, Environment.GetEnvironmentVariable("AIP_PREDICT_ROUTE"), Environment.GetEnvironmentVariable("AIP_HEALTH_ROUTE")).Concat(PredictionRoutes.Of(host)).DistinctBy(static route => (route.Method, route.Path));

    private static Func<HttpContext, PredictionRoute, ValueTask<Outcome<Caller>>> Ask(string? token)
    {
        var caller = Caller.System("bundle") with { Workspace = Caller.DefaultWorkspace };
        var secret = token is null ? null : Encoding.UTF8.GetBytes("Bearer " + token);
        return (context, route) => ValueTask.FromResult<Outcome<Caller>>(
            secret is null || route.Access is PredictionAccess.Anyone || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString()), secret) ? caller
            : new Problem(ErrorCode.UNAUTHENTICATED, "The request carries no token, or another one. Expected the header Authorization: Bearer TOKEN.", 401));
    }

    private static Task Metrics(HttpContext context, PredictionHost host)
    {
        var text = new StringBuilder();
        foreach (var (name, help, of) in Counters)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} counter\n");
            foreach (var endpoint in host.Endpoints.All)
                foreach (var version in endpoint.Arms.Select(static arm => arm.Model.Version).Distinct())
                    if (host.Counts.Of(endpoint, version) is { } count) text.Append(CultureInfo.InvariantCulture, $"{name}{{endpoint=\"{endpoint.Name}\",version=\"{version}\"}} {of(count)}\n");
        }
        context.Response.ContentType = PrometheusText.ContentType;
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }
}
