using System.Text.RegularExpressions;

namespace Slipway.Tests.House;

/// <summary>The wall between capabilities: a folder uses lower ones only, and only the folder that owns a table speaks of it in SQL.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string[] LowestFirst =
    [
        "Jobs", "Events", "Access", "Lineage", "Webhooks", "Sandbox", "Artifacts", "Datasets", "Tracking", "Pages", "Registry", "Features",
        "Pipelines", "Tuning", "Serving", "Monitoring", "Llm",
    ];

    private static readonly Lazy<Layers> Product = new(() => new Layers(typeof(Routes).Assembly.Location).Read());

    [Fact]
    public void Every_folder_has_its_layer()
    {
        var folders = Product.Value.Literals.Select(literal => literal.Folder).Distinct().Where(folder => !LowestFirst.Contains(folder));
        Assert.Empty(folders);
    }

    [Fact]
    public void A_capability_uses_only_lower_ones()
    {
        Assert.NotEmpty(Product.Value.References);
        var upward = Product.Value.References.Where(reference => Array.IndexOf(LowestFirst, reference.To) > Array.IndexOf(LowestFirst, reference.From));
        Assert.Empty(upward.Select(reference => $"{reference.From}/{reference.Type} uses {reference.To}"));
    }

    [Fact]
    public void Only_the_owner_of_a_table_names_it_in_SQL()
    {
        var assembly = typeof(Routes).Assembly;
        var owners = assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).SelectMany(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return TableCreated().Matches(reader.ReadToEnd()).Select(match => (Table: match.Groups[1].Value, Folder: name.Split('/')[0]));
        }).ToDictionary(pair => pair.Table, pair => pair.Folder);
        Assert.NotEmpty(owners);
        var named = Product.Value.Literals.SelectMany(literal => TableNamed().Matches(literal.Text).Select(match => (literal.Folder, literal.Type, Table: match.Groups[1].Value)));
        var foreign = named.Where(use => owners.TryGetValue(use.Table, out var owner) && owner != use.Folder);
        Assert.Empty(foreign.Select(use => $"{use.Folder}/{use.Type} names {use.Table}, which {owners[use.Table]} owns").Distinct());
    }

    [Theory]
    [InlineData("Slipway.Contracts", "Slipway.Storage")]
    [InlineData("Slipway.Storage", "Slipway.Product")]
    [InlineData("Slipway.Client", "Slipway.Storage")]
    [InlineData("Slipway.Client", "Slipway.Product")]
    [InlineData("Slipway.Engines", "Slipway.Contracts")]
    public void A_project_does_not_refer_to(string project, string other)
    {
        var path = Path.Combine(AppContext.BaseDirectory, project + ".dll");
        Assert.DoesNotContain(other, System.Reflection.Assembly.LoadFrom(path).GetReferencedAssemblies().Select(name => name.Name));
    }

    [GeneratedRegex(@"CREATE TABLE (\w+)")]
    private static partial Regex TableCreated();

    [GeneratedRegex(@"\b(?:FROM|INTO|UPDATE|JOIN)\s+(\w+)")]
    private static partial Regex TableNamed();
}
