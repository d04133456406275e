using System.CommandLine;
using Slipway.Access;

namespace Slipway.Cli.Commands;

/// <summary>`slipway personal-data`: what is kept about one person, and its erasure.</summary>
internal static class PersonalDataCommand
{
    public static Command Create(Terminal terminal) => new("personal-data", "Say what is kept about one person, and erase it.")
    {
        ClientAction.Options(),
        Report(terminal),
        Erase(terminal),
    };

    private static Command Report(Terminal terminal)
    {
        var (name, json) = (Name(), ClientAction.Json());
        var command = new Command("report", "Say what is kept about one person; changes nothing.") { name, json };
        command.SetClientAction(async (parsed, client, ct) => Print(terminal, await client.Access.PersonalDataAsync(parsed.GetValue(name)!, ct), parsed.GetValue(json)));
        return command;
    }

    private static Command Erase(Terminal terminal)
    {
        var (name, json) = (Name(), ClientAction.Json());
        var yes = new Option<bool>("--yes") { Description = "Says that you mean it: nothing brings back what is erased." };
        var texts = new Option<bool>("--texts") { Description = "Also take the name, where it stands as a word, out of the names, params and tags of runs, experiments and models." };
        var artifacts = new Option<bool>("--artifacts") { Description = "Also delete the artifacts in whose path the name stands as a word." };
        var command = new Command("erase", "Erase one person: account, credentials and roles, and the name in events and runs. The event log still verifies. What only a person can judge is listed.") { name, texts, artifacts, yes, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            if (!parsed.GetValue(yes))
                throw new CommandFailure(ExitCode.Usage, "Nothing brings back what is erased.", $"Look first with 'slipway personal-data report {parsed.GetValue(name)}', then give --yes.");
            Print(terminal, await client.Access.ErasePersonalDataAsync(parsed.GetValue(name)!, parsed.GetValue(texts), parsed.GetValue(artifacts), ct), parsed.GetValue(json));
        });
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "The name as it stands in members, events and runs." };

    private static void Print(Terminal terminal, PersonalDataReport report, bool json)
    {
        if (json)
        {
            terminal.Json(report, CliJson.Default.PersonalDataReport);
            return;
        }
        terminal.Table(["PLACE", "FOUND", report.Erased ? "" : "ERASURE"],
            [.. report.Places.Select(place => (string[])[place.Place, place.Found.ToString("N0"), Erasure(place, report.Erased)])], 1..2);
        foreach (var place in report.Places.Where(place => place.Examples is { Count: > 0 }))
        {
            terminal.Line();
            terminal.Line($"{place.Place}{(place.Found > place.Examples!.Count ? $" (the first {place.Examples.Count} of {place.Found:N0})" : "")}:");
            foreach (var example in place.Examples) terminal.Line("  " + example);
        }
    }
    private static string Erasure(PersonalDataPlace place, bool erased) => place switch
    {
        { Found: 0 } => "",
        { Erasable: true } => erased ? "erased" : "takes it",
        { Option: { } option } => $"with --{option}, as you judge",
        _ => "for you to judge",
    };
}
