namespace Slipway.Registry;

/// <summary>
/// Whether whoever calls the champion can call the candidate: it asks for nothing that the champion did not take, under the same name and with the same type, and answers
/// everything that the champion answered. Inputs that may be left out may come and go.
/// </summary>
internal static class SignatureGate
{
    public static GateFinding Decide(SignaturePolicyCheck check, GateFacts facts)
    {
        var own = facts.Packages.GetValueOrDefault(facts.Version.No).Said;
        if (own is not { Inputs: not null } && own is not { Outputs: not null })
            return new(GateFinding.Failed, "It has no signature.", "Log the model with a signature or an input example.");
        if (check.CompatibleWith is not { } who) return new(GateFinding.Passed, "It has a signature.", Evidence: Shown(own, null));
        if (facts.Champions.GetValueOrDefault(who) is not { } champion) return new(GateFinding.Passed, "It has a signature; nothing stands there yet to compare with.", Evidence: Shown(own, null));
        if (champion.No == facts.Version.No) return new(GateFinding.Passed, "It stands there itself.", Evidence: Shown(own, champion));
        var other = facts.Packages.GetValueOrDefault(champion.No).Said;
        if (other is not { Inputs: not null } && other is not { Outputs: not null })
            return new(GateFinding.Passed, $"Version {champion.Version}, which stands there, has no signature to compare with.", Evidence: Shown(own, champion));
        var wrong = Inputs("input", own.Inputs ?? [], other.Inputs ?? []).Concat(Inputs("parameter", own.Params ?? [], other.Params ?? [])).Concat(Outputs(own.Outputs ?? [], other.Outputs ?? [])).Take(10).ToList();
        return wrong.Count == 0 ? new(GateFinding.Passed, $"It can be called as version {champion.Version} is.", Evidence: Shown(own, champion))
            : new(GateFinding.Failed, $"It cannot be called as version {champion.Version} is, which stands there: {string.Join("; ", wrong)}.", "Change the model, or tell its callers first and ask for a waiver.", Evidence: Shown(own, champion));
    }

    /// <summary>What a caller of the old would miss: columns by name where they have one, else by their place.</summary>
    private static IEnumerable<string> Inputs(string what, ModelColumnInfo[] now, ModelColumnInfo[] before)
    {
        for (var i = 0; i < now.Length; i++)
        {
            var column = now[i];
            if (Match(column, i, before) is not { } old)
            {
                if (column.Required is not false && what == "input") yield return $"it needs the {what} {Name(column, i)}";
            }
            else if (!Same(old, column)) yield return $"the {what} {Name(column, i)} is {Type(column)}, was {Type(old)}";
            else if (column.Required is not false && old.Required is false) yield return $"the {what} {Name(column, i)} may no longer be left out";
        }
        for (var i = 0; i < before.Length; i++)
            if (Match(before[i], i, now) is null && before[i].Required is not false) yield return $"it does not take the {what} {Name(before[i], i)}";
    }

    private static IEnumerable<string> Outputs(ModelColumnInfo[] now, ModelColumnInfo[] before)
    {
        for (var i = 0; i < before.Length; i++)
            if (Match(before[i], i, now) is not { } column) yield return $"it does not answer {Name(before[i], i)}";
            else if (!Same(before[i], column)) yield return $"it answers {Name(before[i], i)} as {Type(column)}, was {Type(before[i])}";
    }

    private static ModelColumnInfo? Match(ModelColumnInfo column, int place, ModelColumnInfo[] among) =>
        column.Name is { Length: > 0 } name ? Array.Find(among, other => other.Name == name) : place < among.Length && string.IsNullOrEmpty(among[place].Name) ? among[place] : null;

    // A shape that takes any length (-1) where the other fixes one still takes what it took.
    private static bool Same(ModelColumnInfo before, ModelColumnInfo now) => before.Type == now.Type && (before.Shape == now.Shape || now.Shape is null || before.Shape is not null && Wider(before.Shape, now.Shape));

    private static bool Wider(string before, string now)
    {
        var (old, fresh) = (before.Trim('[', ']').Split(','), now.Trim('[', ']').Split(','));
        return old.Length == fresh.Length && old.Zip(fresh).All(static pair => pair.Second.Trim() == "-1" || pair.First.Trim() == pair.Second.Trim());
    }

    private static string Name(ModelColumnInfo column, int place) => column.Name is { Length: > 0 } name ? $"'{PolicyReader.Cut(name)}'" : $"number {place + 1}";

    private static string Type(ModelColumnInfo column) => column.Type + (column.Shape is { } shape ? " " + PolicyReader.Cut(shape) : "");

    private static (string, string?)[] Shown(ModelPackage own, ModelVersionRow? champion) =>
        [("inputs", Columns(own.Inputs)), ("outputs", Columns(own.Outputs)), ("champion", champion is null ? null : GateChecks.Number(champion.Version))];

    private static string? Columns(ModelColumnInfo[]? columns) => columns is null ? null : string.Join(", ", columns.Take(20).Select(static (column, i) => $"{Name(column, i)}: {Type(column)}")) + (columns.Length > 20 ? $" and {columns.Length - 20} more" : "");
}
