using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Quickstart;

namespace Slipway.Cli.Commands;

/// <summary>`slipway quickstart`: a server, a real model trained and tracked on it, and where to look at what came out.</summary>
internal static class QuickstartCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(Terminal terminal)
    {
        var data = new Option<string>("--data") { Description = "The server's data folder.", HelpName = "DIR", DefaultValueFactory = _ => "./slipway-data" };
        var urls = new Option<string>("--urls") { Description = "Where the server listens; port 0 takes a free one. A Slipway server that answers there already is used.", HelpName = "URL", DefaultValueFactory = _ => SlipwayClientOptions.UrlDefault };
        var exit = new Option<bool>("--exit") { Description = "Stop the server and end when the work is done." };
        var json = new Option<string?>("--json") { Description = "Write a machine-readable summary: run ids, metrics, timings.", HelpName = "FILE" };
        var command = new Command("quickstart", "Train and track a real model (will this flight be late?), register it, let it through its gates, then look at all of it. About a minute.") { data, urls, exit, json };
        command.SetAction(async (parsed, ct) =>
        {
            var url = Address(parsed.GetValue(urls)!);
            var reused = url.Port != 0 && await ServerProcess.Answers(url, ct);
            await using var server = reused ? null : await ServerProcess.Start(url, parsed.GetValue(data)!, ct);
            url = server?.Url ?? url;
            terminal.Note(reused ? $"Using the server that answers at {Plain(url)}." : $"The server answers at {Plain(url)}, data in {Path.GetFullPath(parsed.GetValue(data)!)}.");

            var summary = await Work(terminal, url, ct);
            if (parsed.GetValue(json) is { } file) await File.WriteAllTextAsync(file, Summary(summary, url), ct);
            QuickstartReport.Print(terminal, summary, Plain(url));
            if (server is null || parsed.GetValue(exit)) return ExitCode.Ok;

            terminal.Line();
            terminal.Line($"The server stays up; its log is {server.LogFile}. Ctrl+C stops it.");
            await terminal.Output.FlushAsync(ct);
            return await Stay(server, ct);
        });
        return command;
    }

    private static async Task<QuickstartSummary> Work(Terminal terminal, Uri url, CancellationToken ct)
    {
        var options = new QuickstartOptions { Client = new SlipwayClientOptions { Url = url } };
        try
        {
            return await QuickstartProgressView.Show(terminal, tell => Task.Run(async () =>
            {
                var trained = await LateFlights.Run(options, tell, ct);
                return trained with { Release = await ModelRelease.Run(options, trained, tell, ct) };
            }, ct));
        }
        catch (SlipwayException failure)
        {
            throw new CommandFailure(ClientAction.CodeOf(failure), failure.Message, failure.Remedy);
        }
        catch (FileNotFoundException missing)
        {
            throw new CommandFailure(ExitCode.NotFound, missing.Message, "The build puts the flights beside the program: build again, with npm at hand.");
        }
        catch (DllNotFoundException missing)
        {
            throw new CommandFailure(ExitCode.Failed, missing.Message, "slipway doctor shows where the engines are looked for.");
        }
    }

    private static async Task<int> Stay(ServerProcess server, CancellationToken ct)
    {
        try
        {
            await server.Ended(ct);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Ok; // Ctrl+C is how this ends.
        }
        // The terminal sends Ctrl+C to both processes; the server may be the first to go.
        return ct.IsCancellationRequested || server.EndedWell ? ExitCode.Ok : throw new CommandFailure(ExitCode.Failed, "The server ended by itself.", $"Its log is {server.LogFile}.");
    }

    private static string Summary(QuickstartSummary summary, Uri url)
    {
        var written = JsonNode.Parse(summary.ToJson())!.AsObject();
        written.Insert(0, "url", Plain(url));
        return written.ToJsonString(Indented) + Environment.NewLine;
    }

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" && url.PathAndQuery is "/"
        ? url
        : throw new CommandFailure(ExitCode.Usage, $"--urls: got '{text}', expected http://HOST:PORT such as {SlipwayClientOptions.UrlDefault}.");

    private static string Plain(Uri url) => url.GetLeftPart(UriPartial.Authority);
}
