using System.CommandLine;
using Slipway.Server;

namespace Slipway.Cli.Commands;

/// <summary>`slipway serve`: predictions and nothing else, from a bundle or beside a server's database.</summary>
internal static class ServeCommand
{
    private const string PortDefault = "8080";

    /// <summary>The options that a data plane has.</summary>
    private static bool Has(OptionKey key) => key.Key is "urls" or "proxies" or "proxyHeaders" or "hosts" or "origins" or "data" or "database" or "artifacts" or "encryptArtifacts" or "drainSeconds" or "allowRemoteWithoutAuthentication" or "grpcUrls"
        || key.Key.Split('.')[0] is "tls" or "s3" or "secrets" or "access" or "oidc" or "limits" or "serving" or "sandbox" or "outbound" or "log" or "otlp" or "registry";

    public static Command Create(Terminal terminal)
    {
        var bundle = new Option<string?>("--bundle") { Description = "A folder that slipway export wrote: no database is needed. Default: SLIPWAY_BUNDLE, else the folder that this program lies in, if it is one.", HelpName = "DIR" };
        var endpoint = new Option<string?>("--endpoint") { Description = "With a database: only this endpoint, also at the root.", HelpName = "NAME" };
        var verify = new Option<string>("--verify") { Description = "Of a bundle: which files are compared with their digests at the start.", HelpName = "all|models", DefaultValueFactory = static _ => "all" };
        verify.AcceptOnlyFromAmong("all", "models");
        var config = ServerFlags.Config();
        var command = new Command("serve", "Answer predictions and nothing else: from a bundle without any server, or beside a server on its PostgreSQL.") { bundle, endpoint, verify, config };
        var flags = ServerFlags.AddTo(command, OptionKeys.All.Where(Has));
        command.SetAction(async (parsed, ct) =>
        {
            NativeHeap.Limit();
            var options = ServerFlags.Read(parsed, flags, parsed.GetValue(config));
            try
            {
                var folder = parsed.GetValue(bundle) ?? Own();
                if (folder is null && (options.Database is null || options.Database.StartsWith("sqlite:", StringComparison.Ordinal)))
                    throw new CommandFailure(ExitCode.Usage, "Expected --bundle DIR, or --database postgres:CONNECTION of a server.", "A server on SQLite answers predictions itself: slipway server.");
                if (folder is null) return await Beside(terminal, options with { Serve = new ServeChoices(parsed.GetValue(endpoint)) }, ct);
                // A container is reached from outside by design.
                if (parsed.GetResult(flags.Single(static one => one.Key.Key == "urls").Value) is not { Implicit: false } && Environment.GetEnvironmentVariable("SLIPWAY__URLS") is null)
                    options = options with { Urls = [Environment.GetEnvironmentVariable("SLIPWAY_BUNDLE") is null ? $"http://127.0.0.1:{PortDefault}" : $"http://0.0.0.0:{Environment.GetEnvironmentVariable("AIP_HTTP_PORT") ?? PortDefault}"] };
                return await Bundle(terminal, options, new BundleChoices(folder)
                {
                    Data = Environment.GetEnvironmentVariable("SLIPWAY_BUNDLE_DATA"),
                    VerifyProgram = parsed.GetValue(verify) == "all",
                    Token = Environment.GetEnvironmentVariable("SLIPWAY_SERVE_TOKEN"),
                }, ct);
            }
            catch (ServerStartException failure)
            {
                throw new CommandFailure(failure.Message.Contains("in use", StringComparison.Ordinal) ? ExitCode.Refused : ExitCode.Failed, failure.Message);
            }
        });
        return command;
    }

    private static async Task<int> Bundle(Terminal terminal, ServerOptions options, BundleChoices choices, CancellationToken ct)
    {
        await using var server = await BundleServer.Start(options, choices, ct);
        foreach (var url in server.Urls) terminal.Line($"Serving '{server.Endpoint}' on {url}");
        await terminal.Output.FlushAsync(CancellationToken.None);
        await Stopped(ct);
        await server.Stop(CancellationToken.None);
        return ExitCode.Ok;
    }

    private static async Task<int> Beside(Terminal terminal, ServerOptions options, CancellationToken ct)
    {
        await using var server = await SlipwayServer.Start(options, ct);
        foreach (var url in server.Urls) terminal.Line($"Serving on {url}");
        await terminal.Output.FlushAsync(CancellationToken.None);
        await Stopped(ct);
        await server.Stop(CancellationToken.None);
        return ExitCode.Ok;
    }

    /// <summary>The bundle that the environment names, or that this program was copied into.</summary>
    private static string? Own()
    {
        if (Environment.GetEnvironmentVariable("SLIPWAY_BUNDLE") is { Length: > 0 } named) return named;
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return above is not null && File.Exists(Path.Combine(above, Serving.Bundle.FileName)) ? above : null;
    }

    private static async Task Stopped(CancellationToken ct)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = ct.Register(stopped.SetResult);
        await stopped.Task;
    }
}
