using Slipway.Cli;

namespace Slipway.Tests.Cli;

/// <summary>docs/cli.md and the binary say the same.</summary>
public sealed class CliDocumentTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Root(), "docs", "cli.md"));

    [Theory]
    [MemberData(nameof(CommandLineTests.EveryCommand), MemberType = typeof(CommandLineTests))]
    public void Every_command_is_documented(string words) => Assert.Contains($"slipway {words}", Text, StringComparison.Ordinal);

    [Fact]
    public void Every_option_is_documented()
    {
        var missing = CommandLineTests.Leaves.Where(one => one.Words[0] is not ("server" or "doctor" or "serve")) // docs/configuration.md lists the server's; doctor and serve take the same
            .SelectMany(one => one.Command.Options.Where(option => !option.Hidden && option.Name.StartsWith("--", StringComparison.Ordinal) && !option.Name.StartsWith("--s3-", StringComparison.Ordinal))
                .Where(option => !Text.Contains(option.Name, StringComparison.Ordinal)).Select(option => $"{string.Join(' ', one.Words)} {option.Name}"));
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_exit_code_is_documented() => Assert.All(ExitCode.All, one => Assert.Contains($"| {one.Code} |", Text, StringComparison.Ordinal));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Slipway.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Slipway.slnx is in no folder above the tests.");
        return folder;
    }
}
