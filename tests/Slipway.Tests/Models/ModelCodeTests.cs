using Slipway.Cli;
using Slipway.Registry;

namespace Slipway.Tests.Models;

/// <summary>Code from signatures: ThroughRows.cs beside this file is what comes out, and the compiler has looked at it.</summary>
public sealed class ModelCodeTests
{
    private static readonly ModelPackage Package = new()
    {
        Digest = "abc",
        Inputs = [new ModelColumnInfo("p", "double", null, null), new ModelColumnInfo("plan \"x\"", "string", null, false), new ModelColumnInfo("2nd", "long", null, false)],
        Outputs = [new ModelColumnInfo("probability", "float32", "[-1, 1]", null), new ModelColumnInfo("scores", "float32", "[-1, 3]", null), new ModelColumnInfo("label", "string", null, null)],
    };

    [Fact]
    public void The_code_is_the_file_that_these_tests_compile()
    {
        var written = ModelCode.Write("through rows", "1", Package, "Slipway.Tests.Models");
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Slipway.Tests", "Models", "ThroughRows.cs")).ReplaceLineEndings("\n"), written);
        Assert.Equal(3, new ThroughRowsInput { P = 3 }.P);
    }

    [Fact]
    public void Names_of_any_kind_become_identifiers_that_differ_and_no_name_ends_a_comment()
    {
        var code = ModelCode.Write("m\n*/ evil", "1", Package with { Inputs = [new ModelColumnInfo("a b", "double", null, null), new ModelColumnInfo("a-b", "double", null, null), new ModelColumnInfo("", "double", null, null), new ModelColumnInfo("to string", "double", null, null), new ModelColumnInfo("x\n\"y", "double", null, null)] }, "N");
        foreach (var expected in (string[])["double AB {", "double AB2 {", "double _ {", "double ToString2 {", "\"x\\u000a\\\"y\""]) Assert.Contains(expected, code, StringComparison.Ordinal);
        Assert.All(code.Split('\n').Where(static line => line.Contains("evil", StringComparison.Ordinal)), static line => Assert.Matches("^(//|public sealed record)", line));
    }
}
