using System.CommandLine;
using System.Globalization;
using Slipway.Client;

namespace Slipway.Cli;

/// <summary>The options by which commands choose events.</summary>
internal sealed class EventFilterOptions
{
    private readonly Option<string?> kind = new("--kind") { Description = "Only this kind, or all that begin with it up to a dot: run.created or run.", HelpName = "KIND" };
    private readonly Option<string?> actor = new("--actor") { Description = "Only what this one did.", HelpName = "NAME" };
    private readonly Option<string?> subject = new("--subject") { Description = "Only what happened to this, or to all that begin with it up to a slash: run/ID, person.", HelpName = "SUBJECT" };
    private readonly Option<string?> since = new("--since") { Description = "From this time on: 2026-01-31, 2026-01-31T09:30Z, or 90m, 24h, 7d ago.", HelpName = "TIME" };
    private readonly Option<string?> until = new("--until") { Description = "Before this time.", HelpName = "TIME" };
    private readonly Option<bool> refused = new("--refused") { Description = "Only attempts that were refused." };
    private readonly Option<bool> all = new("--all-workspaces") { Description = "Of every workspace; for administrators of the installation." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[kind, actor, subject, since, until, refused, all]) command.Options.Add(option);
    }

    public EventQuery Read(ParseResult parsed) => new()
    {
        Kind = parsed.GetValue(kind),
        Actor = parsed.GetValue(actor),
        Subject = parsed.GetValue(subject),
        Since = Time(parsed.GetValue(since), "--since"),
        Until = Time(parsed.GetValue(until), "--until"),
        RefusedOnly = parsed.GetValue(refused),
        AllWorkspaces = parsed.GetValue(all),
    };

    private static DateTimeOffset? Time(string? text, string option)
    {
        if (text is null) return null;
        if (text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count < 1e6
            && text[^1] switch { 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), 'd' => TimeSpan.FromDays(count), _ => (TimeSpan?)null } is { } ago)
            return DateTimeOffset.UtcNow - ago;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time)
            ? time
            : throw new CommandFailure(ExitCode.Usage, $"{option}: got '{text}', expected a time such as 2026-01-31 or 2026-01-31T09:30Z, or 90m, 24h, 7d.");
    }
}
