using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Slipway.Server;

/// <summary>A running server: options in, bound addresses out, and a stop that finishes what was begun.</summary>
public sealed class SlipwayServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Parts parts;
    private readonly ServerOptions options;
    private bool stopped;

    private SlipwayServer(WebApplication app, Parts parts, ServerOptions options) => (this.app, this.parts, this.options) = (app, parts, options);

    /// <summary>The addresses that answer, with the ports that were really taken.</summary>
    public IReadOnlyList<string> Urls => [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>What makes the first administrator, once, at `/setup?code=`; null when there is one, and in a single-user installation. Show it to whoever starts the server and to nobody else.</summary>
    public string? SetUpCode { get; private init; }

    /// <summary>Opens the data, brings its schema up to date, starts the loops and listens. When the task ends, requests are answered.</summary>
    /// <exception cref="ServerStartException">The options or the machine do not allow it; the message says what to do.</exception>
    public static Task<SlipwayServer> Start(ServerOptions options, CancellationToken ct) => Start(options, TimeProvider.System, null, null, Right.All, ct);

    /// <summary>For tests: their clock, their log, and routes of their own beside the product's.</summary>
    internal static async Task<SlipwayServer> Start(ServerOptions options, TimeProvider clock, Action<ILoggingBuilder>? configureLog, Action<Parts>? compose, Right rights, CancellationToken ct)
    {
        if (options.Check() is { } refused) throw new ServerStartException(refused.Message);
        using var threads = new StartThreads();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "slipway" });
        // The host's own lifetime would take Ctrl+C away from whoever embeds the server; the CLI listens for signals itself.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Drain);
        builder.Services.AddRoutingCore();
        if (configureLog is null) LogSetup.Add(builder.Logging, options.Log);
        else configureLog(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        TlsCertificate? certificate = null;
        if (options.Urls.Any(ServerOptions.IsHttps)) builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Secure(kestrel, options, () => certificate!));
        // Without encryption nobody negotiates: a port speaks one of the two.
        if (options.GrpcUrls.Count > 0) builder.WebHost.ConfigureKestrel(kestrel => options.GrpcUrls.ToList().ForEach(url => Listen(kestrel, new Uri(url), static listen => listen.Protocols = HttpProtocols.Http2)));

        var app = builder.Build();
        Parts? parts = null;
        try
        {
            if (options.Tls.Certificate is not null) certificate = new TlsCertificate(options.Tls, clock, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<TlsCertificate>());
            parts = await Parts.Open(options, clock, app.Services.GetRequiredService<ILoggerFactory>(), ct);
            parts.Loop("memory.trim", stop => NativeHeap.Trim(clock, stop));
            Capabilities.Compose(parts);
            compose?.Invoke(parts);
            Pipeline(app, parts, rights);
            await parts.StartJobs(ct);
            var code = options is { Access.Mode: AccessMode.People, Serve: null } ? await parts.Access.SetUp.Begin(ct) : default(Outcome<string?>);
            if (code.Problem is { } noCode) throw new ServerStartException("database: " + noCode.Message);
            await app.StartAsync(ct);
            return new SlipwayServer(app, parts, options) { SetUpCode = code.Value };
        }
        catch (Exception failure)
        {
            await app.DisposeAsync();
            if (parts is not null) await parts.DisposeAsync();
            if (failure is IOException { InnerException: AddressInUseException } or IOException { InnerException.InnerException: AddressInUseException })
                throw new ServerStartException($"urls: {string.Join(", ", options.Urls)} is taken by another program. Stop it, or listen elsewhere with --urls http://127.0.0.1:PORT.", failure);
            throw;
        }
    }

    /// <summary>Refuses new connections, finishes requests under way, then the loops, then the queue of writes.</summary>
    public async Task Stop(CancellationToken ct = default)
    {
        if (stopped) return;
        stopped = true;
        parts.Stopping.Cancel();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(options.Drain);
        await app.StopAsync(deadline.Token);
        await parts.DisposeAsync();
        await app.DisposeAsync();
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync() => await Stop();

    internal static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 64 * 1024; // a hundred run ids and a filter in one GET
        kestrel.Limits.MaxRequestBodySize = options.Limits.RequestBytes;
        kestrel.Limits.MaxConcurrentConnections = 20_000;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        foreach (var url in options.Urls.Where(url => !ServerOptions.IsHttps(url))) Listen(kestrel, new Uri(url), static listen => listen.Protocols = HttpProtocols.Http1);
    }

    // The handshake chooses between HTTP/1.1 and HTTP/2 (ALPN), and takes the certificate that is the newest then.
    internal static void Secure(KestrelServerOptions kestrel, ServerOptions options, Func<TlsCertificate> certificate)
    {
        foreach (var url in options.Urls.Where(ServerOptions.IsHttps))
            Listen(kestrel, new Uri(url), listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificate().Handshake) });
            });
    }

    private static void Listen(KestrelServerOptions kestrel, Uri url, Action<ListenOptions> configure)
    {
        if (url.Host == "localhost" && url.Port != 0) kestrel.ListenLocalhost(url.Port, configure);
        else kestrel.Listen(Address(url), url.Port, configure);
    }

    private static IPAddress Address(Uri url) => url.Host switch
    {
        "localhost" => IPAddress.Loopback,
        "*" or "+" => IPAddress.IPv6Any,
        var host => IPAddress.TryParse(host.Trim('[', ']'), out var address)
            ? address
            : throw new ServerStartException($"urls: got '{host}', expected localhost or an address of this machine, such as 127.0.0.1 or 0.0.0.0."),
    };

    private static void Pipeline(WebApplication app, Parts parts, Right rights)
    {
        var crossOrigin = new CrossOrigin(parts.Options.Origins);
        var guard = new RequestGuard(parts.Options, crossOrigin);
        var limits = parts.Own(new RequestLimits(parts.Options.Limits, parts.Clock));
        if (parts.Options.Proxies.Networks.Count > 0)
        {
            var proxies = new Proxies(parts.Options.Proxies);
            app.Use(next => context =>
            {
                proxies.Apply(context);
                return next(context);
            });
        }
        app.Use(next => context => RequestMetrics.Measure(context, next));
        app.Use(next => context => guard.Check(context, next));
        app.Use(next => context => limits.Admit(context, next));
        if (parts.Options.Serve is null)
        {
            var pages = new PageFiles();
            app.Use(next => context => pages.Answer(context) ?? next(context));
        }
        app.UseRouting();
        app.Use(next => context => crossOrigin.Preflight(context) ?? next(context));
        app.Use(next => context => RouteTable.Refuse(context) ?? next(context));
        var table = new RouteTable(new CallerSource(parts.Access, parts.Options.Access.Mode, rights), parts.Events, parts.Options.Limits, limits, parts.Logs.CreateLogger<RouteTable>());
        ((IEndpointRouteBuilder)app).DataSources.Add(table.Map(parts.Options.Serve is null ? parts.Routes.All : [.. parts.Routes.All.Where(static route => ServeChoices.HasPath(route.Path))]));
    }

    internal sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>Why a server could not start, in words for whoever started it.</summary>
public sealed class ServerStartException(string message, Exception? inner = null) : Exception(message, inner);
