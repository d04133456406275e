using System.CommandLine;
using System.Globalization;
using Slipway.Client;
using Slipway.Serving;

namespace Slipway.Cli.Commands;

/// <summary>`slipway deploy`: a registered version answers.</summary>
internal static class DeployCommand
{
    private static readonly TimeSpan WaitMost = TimeSpan.FromMinutes(10);

    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("model") { Description = "MODEL@ALIAS, MODEL/VERSION, or MODEL with --stage." };
        var endpoint = new Option<string?>("--endpoint") { Description = "The endpoint; the model's name if none is said. It is made if it is not there.", HelpName = "NAME" };
        var stage = new Option<string?>("--stage") { Description = "Whatever came last into this stage, now and later.", HelpName = "STAGE" };
        var arm = new Option<string?>("--arm") { Description = "What the arm is called.", HelpName = "NAME" };
        var weight = new Option<double?>("--weight") { Description = "Beside the others, with this share in percent.", HelpName = "PERCENT" };
        var shadow = new Option<bool>("--shadow") { Description = "Gets copies of requests and answers nobody." };
        var canary = new Option<bool>("--canary") { Description = "Goes up a ladder of shares, and back by itself when it is worse." };
        var steps = new Option<string?>("--canary-steps") { Description = "Its shares in percent, rising.", HelpName = "1,5,25,100" };
        var requests = new Option<long?>("--canary-requests") { Description = "How many requests it answers on a step, at least.", HelpName = "N" };
        var hold = new Option<double?>("--canary-hold") { Description = "How long a step lasts, at least.", HelpName = "SECONDS" };
        var reason = new Option<string?>("--reason") { Description = "Why; it is kept in the history and in the event log.", HelpName = "TEXT" };
        var wait = new Option<bool>("--wait") { Description = "Until this server has loaded it, at most ten minutes." };
        var json = ClientAction.Json();
        var command = new Command("deploy", "Deploy a version of a model: at once, with a share, as a shadow or as a canary.") { model, endpoint, stage, arm, weight, shadow, canary, steps, requests, hold, reason, wait, json };
        command.Add(ClientAction.Options());
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (name, version, alias) = Parse(parsed.GetValue(model)!, parsed.GetValue(stage));
            var plan = parsed.GetValue(canary) || parsed.GetValue(steps) is not null || parsed.GetValue(requests) is not null || parsed.GetValue(hold) is not null
                ? new CanaryPlan(Steps(parsed.GetValue(steps)), parsed.GetValue(requests), parsed.GetValue(hold)) : null;
            var target = parsed.GetValue(endpoint) ?? name;
            var deployed = await client.Endpoints.DeployAsync(target, new DeployVersion(target, name, version, alias, parsed.GetValue(stage), parsed.GetValue(arm), parsed.GetValue(weight), parsed.GetValue(shadow) ? true : null, plan, parsed.GetValue(reason)), ct);
            if (parsed.GetValue(wait)) deployed = await Ready(client, target, deployed, ct);
            if (parsed.GetValue(json)) terminal.Json(deployed, EndpointsJson.Default.Endpoint);
            else EndpointCommands.Print(terminal, deployed);
        });
        return command;
    }

    /// <summary>What a word such as `flights@champion` or `flights/7` says.</summary>
    internal static (string Model, string? Version, string? Alias) Parse(string text, string? stage)
    {
        if (text.StartsWith("models:/", StringComparison.Ordinal)) text = text["models:/".Length..];
        var (at, slash) = (text.LastIndexOf('@'), text.IndexOf('/', StringComparison.Ordinal));
        var parsed = at > 0 && slash < 0 ? (text[..at], null, text[(at + 1)..]) : slash > 0 ? (text[..slash], text[(slash + 1)..], (string?)null) : (text, (string?)null, (string?)null);
        if ((parsed.Item2 is null && parsed.Item3 is null) == (stage is null)) throw new CommandFailure(ExitCode.Usage, $"Which version of '{parsed.Item1}'? Say one of {parsed.Item1}@ALIAS, {parsed.Item1}/VERSION and --stage STAGE.");
        return parsed;
    }

    private static double[]? Steps(string? text) => text is null ? null : [.. text.Split(',').Select(static one =>
        double.TryParse(one, NumberStyles.Float, CultureInfo.InvariantCulture, out var step) ? step : throw new CommandFailure(ExitCode.Usage, $"--canary-steps: expected shares in percent such as 1,5,25,100, got '{one}'."))];

    private static async Task<Endpoint> Ready(SlipwayClient client, string name, Endpoint endpoint, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var looks = 0; ; looks++)
        {
            if (endpoint.Arms?.FirstOrDefault(static arm => arm.State == "failed") is { } failed) throw new CommandFailure(ExitCode.Failed, $"Version {failed.Version} of '{failed.Model}' cannot be loaded: {failed.Problem}");
            if (endpoint.Arms?.All(static arm => arm.State is "ready" or "unloaded") is true) return endpoint;
            if (looks * 0.2 > WaitMost.TotalSeconds) throw new CommandFailure(ExitCode.Failed, $"'{name}' is not ready after {WaitMost.TotalMinutes} minutes. `slipway endpoints get {name}` says how far it is.");
            await timer.WaitForNextTickAsync(ct);
            endpoint = await client.Endpoints.GetAsync(name, ct);
        }
    }
}
