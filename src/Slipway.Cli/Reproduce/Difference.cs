namespace Slipway.Cli.Reproduce;

/// <summary>One thing that is not as it was.</summary>
/// <param name="What">code, python, pip, conda, dotnet, npm, environment, machine or data.</param>
/// <param name="Name">A file, package, variable or data set.</param>
/// <param name="Then">As the run noted it; null when it had none.</param>
/// <param name="Now">As it is here; null when there is none.</param>
internal sealed record Difference(string What, string Name, string? Then, string? Now)
{
    /// <summary>Entries that are not the same on both sides, by name.</summary>
    public static IEnumerable<Difference> Of(string what, IReadOnlyDictionary<string, string> then, IReadOnlyDictionary<string, string> now) =>
        then.Keys.Union(now.Keys, StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)
            .Select(name => new Difference(what, name, then.GetValueOrDefault(name), now.GetValueOrDefault(name)))
            .Where(one => one.Then != one.Now);
}

/// <summary>What `slipway reproduce` says; docs/reproduce.md shows the JSON.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Command">What was run, secrets masked; null when the run does not say.</param>
/// <param name="Commit">The commit it was run from; null when the run does not say.</param>
/// <param name="Compared">What was noted then and could be looked at now.</param>
/// <param name="Differences">What is not the same.</param>
/// <param name="NotCompared">What could not be looked at, and why.</param>
internal sealed record ReproduceReport(string Run, string Name, string[]? Command, string? Commit, List<string> Compared, List<Difference> Differences, List<string> NotCompared);
