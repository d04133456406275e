using System.Text.Json.Nodes;
using Slipway.Registry;

namespace Slipway.Tests.Registry;

/// <summary>Whatever a version is called and made of, its bill of materials has the structure of CycloneDX 1.6.</summary>
public sealed class ModelBomTests
{
    private static readonly string[] Texts = ["flights", "", " ", "a\"b", "ü/é", "x\ny", "\u0001", "<b>", "pkg:pypi/numpy@1", "model", "data-1", new('x', 3_000), "\ud83d\udea2", "NaN"];

    [Fact]
    public void Any_card_makes_a_document_of_the_right_structure()
    {
        var random = new Random(29);
        string Text() => Texts[random.Next(Texts.Length)];
        string? Maybe() => random.Next(3) == 0 ? null : Text();
        T[]? Some<T>(Func<int, T> make) => random.Next(4) == 0 ? null : [.. Enumerable.Range(0, random.Next(0, 6)).Select(make)];
        for (var i = 0; i < 500; i++)
        {
            var card = new ModelCard
            {
                Name = Text(),
                Version = "3",
                Stage = Maybe(),
                Aliases = Some(_ => Text()),
                Description = Maybe(),
                ModelDescription = Maybe(),
                RegisteredMs = random.Next(),
                Source = Maybe(),
                Tags = Some(n => new ModelVersionTag(n == 0 ? "task" : "k" + n, Text())),
                Profile = random.Next(4) == 0 ? null : new ModelProfile { Owner = Maybe(), Team = Maybe(), Contact = Maybe(), Purpose = Maybe(), IntendedUse = Maybe(), Limitations = Maybe(), License = Maybe(), ReviewDate = "2027-01-31" },
                Metrics = Some(n => new CardMetric("m" + n, random.Next(4) switch { 0 => double.NaN, 1 => double.NegativeInfinity, _ => random.NextDouble() }, 1, 2, n % 2 == 0 ? CardMetric.Claimed : CardMetric.Computed, Maybe(), Maybe())),
                Datasets = Some(_ => new CardDataset(Text(), Text(), Maybe(), Maybe(), Maybe())),
                Package = random.Next(4) == 0 ? null : new CardPackage(2, 3, new string('a', 64), Some(_ => Text()), null, null, Some(_ => new ModelColumnInfo(Maybe(), Maybe(), Maybe(), null)), null, null),
            };
            var files = Some(n => new ModelFile($"{Text()}/{n}", random.Next(), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([(byte)n])))) ?? [];
            var requirements = string.Join('\n', Some(n => new[] { "numpy==1.2", "A_b.c>=1", "x[y]==1!2+local", "-r other", "numpy", "", "torch==2.0 # gpu", "scikit-learn" }[random.Next(8)]) ?? []);
            var document = ModelBom.Write(card, files, requirements, DateTimeOffset.UnixEpoch.AddSeconds(random.Next()));
            Assert.Empty(CycloneDxCheck.Of(document));
        }
    }

    [Theory]
    [InlineData("$.bomFormat", "\"Cyclone\"", "one of CycloneDX")]
    [InlineData("$.specVersion", null, "'specVersion' is missing")]
    [InlineData("$.serialNumber", "\"urn:uuid:X\"", "urn:uuid")]
    [InlineData("$.version", "0", "a whole number from 1")]
    [InlineData("$.extra", "1", "no field is called 'extra'")]
    [InlineData("$.components[0].type", "\"model\"", "one of application")]
    [InlineData("$.components[0].name", null, "'name' is missing")]
    [InlineData("$.components[1].bom-ref", "\"data-1\"", "nothing else has")]
    [InlineData("$.components[1].hashes[0].content", "\"ab\"", "[a-fA-F0-9]")]
    [InlineData("$.components[2].purl", "\"numpy\"", "pkg:")]
    [InlineData("$.metadata.component.modelCard.quantitativeAnalysis.performanceMetrics[0].value", "1.5", "a text")]
    [InlineData("$.metadata.component.modelCard.modelParameters.datasets[0].ref", "\"data-9\"", "the bom-ref of nothing")]
    [InlineData("$.metadata.component.licenses[0].license", "\"MIT\"", "an object")]
    [InlineData("$.dependencies[0].dependsOn[0]", "\"nobody\"", "the bom-ref of nothing")]
    public void The_check_finds_what_breaks_the_structure(string path, string? value, string says)
    {
        var card = new ModelCard { Name = "m", Version = "1", Profile = new ModelProfile { License = "MIT" }, Metrics = [new CardMetric("auc", 0.9, 1, 1, CardMetric.Claimed)], Datasets = [new CardDataset("d", "9f", null, null, null)] };
        var document = JsonNode.Parse(ModelBom.Write(card, [new ModelFile("a.bin", 1, new string('a', 64))], "numpy==1.0", DateTimeOffset.UnixEpoch))!;
        Assert.Empty(CycloneDxCheck.Of(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString())));
        var parts = path[2..].Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        var node = parts[..^1].Aggregate(document, static (at, part) => int.TryParse(part, out var index) ? at[index]! : at[part]!);
        var set = value is null ? null : JsonNode.Parse(value);
        if (int.TryParse(parts[^1], out var last)) node[last] = set;
        else if (set is null) ((JsonObject)node).Remove(parts[^1]);
        else node[parts[^1]] = set;
        Assert.Contains(CycloneDxCheck.Of(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString())), one => one.Contains(says, StringComparison.Ordinal));
    }
}
