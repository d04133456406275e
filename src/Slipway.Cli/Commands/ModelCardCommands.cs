using System.CommandLine;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway models describe` and `card`: who owns a model, what it is for, and what is known about a version.</summary>
internal static class ModelCardCommands
{
    public static Command Describe(Terminal terminal)
    {
        var (name, json) = (new Argument<string>("name") { Description = "The model's name." }, ClientAction.Json());
        var (owner, team, contact) = (Field("--owner", "The person who answers for it."), Field("--team", "The team behind it."), Field("--contact", "Where to ask."));
        var (purpose, use, limitations) = (Field("--purpose", "What it is there for."), Field("--intended-use", "What it may be used for."), Field("--limitations", "What it cannot do."));
        var license = Field("--license", "An SPDX identifier such as apache-2.0, or a name.");
        var (review, retirement) = (Field("--review-date", "When it is to be looked at again, as YYYY-MM-DD.", "DAY"), Field("--retirement-date", "When it is to go out of use, as YYYY-MM-DD.", "DAY"));
        var command = new Command("describe", "Show who owns a model and what it is for; with options, change it. An empty text takes a field away.") { name, owner, team, contact, purpose, use, limitations, license, review, retirement, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var change = new DescribeModel
            {
                Owner = parsed.GetValue(owner),
                Team = parsed.GetValue(team),
                Contact = parsed.GetValue(contact),
                Purpose = parsed.GetValue(purpose),
                IntendedUse = parsed.GetValue(use),
                Limitations = parsed.GetValue(limitations),
                License = parsed.GetValue(license),
                ReviewDate = parsed.GetValue(review),
                RetirementDate = parsed.GetValue(retirement),
            };
            var profile = change == new DescribeModel() ? await client.Models.ProfileAsync(parsed.GetValue(name)!, ct) : await client.Models.DescribeAsync(parsed.GetValue(name)!, change, ct);
            if (parsed.GetValue(json)) terminal.Json(profile, ModelCardJson.Default.ModelProfile);
            else Print(terminal, profile);
        });
        return command;
    }

    public static Command Card(Terminal terminal)
    {
        var (name, version, output) = (new Argument<string>("name") { Description = "The model's name." }, new Argument<string>("version") { Description = "The version's number." }, Out());
        var (form, json) = (new Option<string>("--format") { Description = "text, md (Hugging Face) or html.", HelpName = "FORMAT", DefaultValueFactory = _ => "text" }, ClientAction.Json());
        form.AcceptOnlyFromAmong("text", "md", "html");
        var command = new Command("card", "Show what is known about a version: run, metrics, data, files, gates, and what its authors wrote.") { name, version, form, output, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (model, number) = (parsed.GetValue(name)!, parsed.GetValue(version)!);
            if (parsed.GetValue(form) is "md" or "html")
            {
                await Write(terminal, parsed.GetValue(output), to => client.Models.ExportAsync(model, number, parsed.GetValue(form) == "md" ? "card/markdown" : "card/html", to, ct));
                return;
            }
            if (parsed.GetValue(output) is not null) throw new CommandFailure(ExitCode.Usage, "--out needs --format md or html.");
            var card = await client.Models.CardAsync(model, number, ct);
            if (parsed.GetValue(json)) terminal.Json(card, ModelCardJson.Default.ModelCard);
            else Print(terminal, card);
        });
        return command;
    }

    /// <summary>A file for what a command writes.</summary>
    public static Option<string?> Out() => new("--out") { Description = "A file to write; must not exist. Default: standard output.", HelpName = "FILE" };

    /// <summary>Writes to standard output, or aside and then to a file of the name: a file of that name is a whole one.</summary>
    public static async Task Write(Terminal terminal, string? path, Func<Stream, Task<long>> write)
    {
        if (path is null)
        {
            await using var through = new TextStream(terminal.Output);
            await write(through);
            return;
        }
        if (File.Exists(path)) throw new CommandFailure(ExitCode.Refused, $"{path} exists.", "Name another file or remove it first.");
        var part = path + ".part";
        try
        {
            long bytes;
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                bytes = await write(file);
                file.Flush(flushToDisk: true);
            }
            File.Move(part, path);
            terminal.Note($"{path}: {bytes:N0} bytes");
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static Option<string?> Field(string option, string says, string shows = "TEXT") => new(option) { Description = says, HelpName = shows };

    private static void Print(Terminal terminal, ModelProfile profile)
    {
        var fields = ModelProfiles.Fields(profile).Where(static field => field.Value is not null).ToList();
        if (fields.Count == 0) terminal.Note($"Nobody has described '{profile.Name}' yet: say --owner, --purpose and so on.");
        else terminal.Table(["FIELD", "VALUE"], [.. fields.Select(static field => (string[])[field.Field.Replace('_', ' '), field.Value!])]);
        foreach (var section in profile.Sections ?? []) terminal.Line($"\n{section.Title}\n{section.Text}");
    }

    private static void Print(Terminal terminal, ModelCard card)
    {
        foreach (var block in CardBlocks.Of(card))
        {
            terminal.Line(block.Title.ToUpperInvariant());
            foreach (var (name, value) in block.Fields ?? []) terminal.Line($"  {name + ":",-18}{value}");
            if (block.Columns is { } columns) terminal.Table(columns, block.Rows!);
            if (block.Markdown is { } text) terminal.Line(text);
            if (block.Remark is { } remark) terminal.Line("  " + remark);
            terminal.Line();
        }
        if (card.Lacking is { } lacking) terminal.Note($"Nobody filled in: {string.Join(", ", lacking.Select(static one => one.Replace('_', ' ')))}.");
    }
}
