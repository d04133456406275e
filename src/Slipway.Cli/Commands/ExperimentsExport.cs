using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway experiments export`: a row for each experiment.</summary>
internal static class ExperimentsExport
{
    public static Command Create(Terminal terminal)
    {
        var filter = new Option<string?>("--filter") { Description = "Only experiments that match, as for search.", HelpName = "FILTER" };
        var (view, format, output) = (Listing.View(), ExportOutput.Format(), ExportOutput.File());
        var command = new Command("export", "Write experiments as CSV or JSON; 'runs export' writes what is in one.") { filter, view, format, output };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var query = new ExperimentQuery { Filter = parsed.GetValue(filter), View = Listing.ViewOf(parsed.GetValue(view)) };
            await ExportOutput.Write(terminal, parsed.GetValue(output), "experiments", async text =>
            {
                var rows = new RowWriter(text, parsed.GetValue(format)!);
                var tags = new SortedSet<string>(StringComparer.Ordinal);
                if (rows.IsCsv)
                    await foreach (var one in client.Experiments.SearchAsync(query, ct)) tags.UnionWith(one.Tags.Keys);
                rows.Begin(["experiment_id", "name", "artifact_location", "created_at", "updated_at", "is_deleted", .. tags.Select(tag => "tags." + tag)]);
                await foreach (var one in client.Experiments.SearchAsync(query, ct))
                    if (rows.IsCsv) rows.Row([one.Id, one.Name, one.ArtifactLocation, one.CreatedAt.ToString("O"), one.UpdatedAt.ToString("O"), one.IsDeleted ? "true" : "false", .. tags.Select(tag => one.Tags.GetValueOrDefault(tag))]);
                    else rows.Row(one, CliJson.Default.Experiment);
                rows.End();
                return rows.Rows;
            });
        });
        return command;
    }
}
