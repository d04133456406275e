using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway experiments`: the group, and what its commands share.</summary>
internal static class Experiments
{
    public static Command Create(Terminal terminal) => new("experiments", "List, show, search, export, create, delete and restore experiments.")
    {
        ClientAction.Options(),
        ExperimentsList.Create(terminal),
        ExperimentsShow.Create(terminal),
        ExperimentsSearch.Create(terminal),
        ExperimentsExport.Create(terminal),
        ExperimentsCreate.Create(terminal),
        ExperimentsDelete.Create(terminal),
        ExperimentsRestore.Create(terminal),
    };

    public static Argument<string> One() => new("experiment") { Description = "Its id or its name." };

    public static Argument<string[]> Several() => new("experiment") { Description = "Ids or names.", Arity = ArgumentArity.OneOrMore };

    /// <summary>Digits are an id first: names may look like one, ids are never anything else.</summary>
    public static async Task<Experiment> Resolve(SlipwayClient client, string idOrName, CancellationToken ct)
    {
        if (idOrName.All(char.IsAsciiDigit) && idOrName.Length > 0)
            try
            {
                return await client.Experiments.GetAsync(idOrName, ct);
            }
            catch (SlipwayException failure) when (failure.IsNotFound)
            {
                // Then it may be a name.
            }
        return await client.Experiments.FindAsync(idOrName, ct)
            ?? throw new CommandFailure(ExitCode.NotFound, $"There is no experiment with the id or name '{idOrName}' at {client.Url}.", "slipway experiments list shows what there is.");
    }

    public static void Print(Terminal terminal, List<Experiment> experiments, bool json)
    {
        if (json) terminal.Json(experiments, CliJson.Default.ListExperiment);
        else terminal.Table(["ID", "NAME", "CREATED", "STATE"],
            [.. experiments.Select(one => (string[])[one.Id, one.Name, Listing.Time(one.CreatedAt), one.IsDeleted ? "deleted" : "active"])], ..1);
    }
}
