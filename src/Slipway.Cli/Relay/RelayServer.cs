using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Artifacts;
using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>A running relay: an MLflow-compatible address on this machine that is there when the server is not.</summary>
internal sealed class RelayServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly RelayFolder folder;
    private readonly Lanes lanes;
    private readonly Upstream upstream;

    private RelayServer(WebApplication app, RelayFolder folder, Lanes lanes, Upstream upstream) => (this.app, this.folder, this.lanes, this.upstream) = (app, folder, lanes, upstream);

    /// <summary>Where it answers.</summary>
    public Uri Url => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Requests that wait, over all lanes.</summary>
    public long Pending => lanes.Pending;

    /// <summary>Opens the folder, takes up what waits in it, and listens.</summary>
    /// <exception cref="CommandFailure">The folder or the address is taken.</exception>
    public static async Task<RelayServer> Start(RelayOptions options, TimeProvider clock, Action<ILoggingBuilder> log, CancellationToken ct)
    {
        Wire.Add(TrackingJson.Default);
        Wire.Add(ArtifactsJson.Default);
        var folder = RelayFolder.Open(options.Data);
        var upstream = new Upstream(options);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "slipway-relay" });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        log(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // an artifact may be as large as the folder; everything else has a limit of its own
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 1_000;
            kestrel.Limits.MinRequestBodyDataRate = null; // a training that pauses while it writes a model is no attack
            var address = options.Listen.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(options.Listen.Host.Trim('[', ']'));
            kestrel.Listen(address, options.Listen.Port, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        Lanes? lanes = null;
        try
        {
            lanes = new Lanes(folder, upstream, options, clock, app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<Delivery>());
            var desk = new RelayDesk(lanes, upstream, options);
            app.Run(desk.Handle);
            await app.StartAsync(ct);
            return new RelayServer(app, folder, lanes, upstream);
        }
        catch (Exception failure)
        {
            await app.DisposeAsync();
            if (lanes is not null) await lanes.DisposeAsync();
            upstream.Dispose();
            folder.Dispose();
            if (failure is IOException { InnerException: AddressInUseException })
                throw new CommandFailure(ExitCode.Refused, $"--urls: {options.Listen} is taken by another program.", "Stop it, or listen elsewhere: --urls http://127.0.0.1:PORT.");
            throw;
        }
    }

    /// <summary>Finishes requests under way; what waits goes on at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        await lanes.DisposeAsync();
        upstream.Dispose();
        folder.Dispose();
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
