using System.CommandLine;
using Slipway.Cli;

namespace Slipway.Tests.Cli;

public sealed class CommandLineTests
{
    private const string Nowhere = "http://127.0.0.1:1"; // Nothing listens on port 1.

    /// <summary>Every command that does something, by its words.</summary>
    internal static IReadOnlyList<(string[] Words, Command Command)> Leaves { get; } =
        [.. Walk(CommandLine.Create(new Terminal(TextWriter.Null, TextWriter.Null)), []).Where(one => one.Words.Length > 0 && one.Command.Subcommands.Count == 0 && !one.Command.Hidden)];

    public static TheoryData<string> EveryCommand => new(Leaves.Select(one => string.Join(' ', one.Words)));

    [Theory]
    [MemberData(nameof(EveryCommand))]
    public async Task Every_command_explains_itself_and_its_exit_codes(string words)
    {
        var said = await Shell.Run([.. words.Split(' '), "--help"]);
        Assert.Equal(ExitCode.Ok, said.Code);
        Assert.Equal("", said.Error);
        Assert.Matches($@"Usage:\s+\S+ {words}\b", said.Output);
        foreach (var (code, meaning) in ExitCode.All) Assert.Matches($@"{code}\s+{meaning}", said.Output);
        var command = Leaves.Single(one => string.Join(' ', one.Words) == words).Command;
        Assert.All(command.Options.Where(option => !option.Hidden), option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{option.Name} has no description."));
        Assert.All(command.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"{argument.Name} has no description."));
    }

    [Fact]
    public void Every_command_that_lists_or_shows_can_print_JSON()
    {
        var listing = Leaves.Where(one => one.Words[^1] is "list" or "search" or "show" or "ls" or "create" or "doctor" or "verify").ToList();
        Assert.InRange(listing.Count, 9, 100);
        Assert.All(listing, one => Assert.Contains(one.Command.Options, option => option.Name is "--json"));
    }

    [Fact]
    public async Task Alone_it_says_what_there_is()
    {
        var said = await Shell.Run();
        Assert.Equal((ExitCode.Ok, ""), (said.Code, said.Error));
        Assert.All(Leaves, one => Assert.Contains($"  {one.Words[0]} ", said.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("runs")]
    [InlineData("runs show")]
    [InlineData("experiments list --limit -1")]
    [InlineData("experiments list --limit many")]
    [InlineData("experiments list --view some")]
    [InlineData("experiments list --url not-an-address")]
    [InlineData("completions tcsh")]
    [InlineData("server --data a --data b")]
    public async Task What_is_not_understood_goes_to_the_error_stream_with_code_2(string line)
    {
        var said = await Shell.Run(line.Split(' '));
        Assert.Equal((ExitCode.Usage, ""), (said.Code, said.Output));
        Assert.StartsWith("error: ", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("experiments list")]
    [InlineData("runs show abc")]
    [InlineData("artifacts ls abc --json")]
    public async Task A_server_that_is_not_there_is_named_with_what_to_do(string line)
    {
        var said = await Shell.Run([.. line.Split(' '), "--url", Nowhere]);
        Assert.Equal((ExitCode.Unreachable, ""), (said.Code, said.Output));
        Assert.Contains(Nowhere, said.Error, StringComparison.Ordinal);
        Assert.Contains("slipway server", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completions_ask_the_binary_itself(string shell)
    {
        var said = await Shell.Run("completions", shell);
        Assert.Equal(ExitCode.Ok, said.Code);
        Assert.Contains("[suggest:", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_binary_knows_what_may_come_next()
    {
        var said = await Shell.Run("[suggest:13]", "slipway runs ");
        Assert.Equal(ExitCode.Ok, said.Code);
        Assert.All((string[])["list", "show", "search", "create", "delete", "restore"], word => Assert.Contains(word, said.Output.Split(Environment.NewLine)));
    }

    [Fact]
    public async Task A_server_says_all_that_is_wrong_with_its_options_at_once()
    {
        var said = await Shell.Run("server", "--urls", "nonsense", "--database", "oracle:x", "--log-format", "xml");
        Assert.Equal(ExitCode.Usage, said.Code);
        Assert.All((string[])["urls", "database", "log.format"], key => Assert.Contains(key, said.Error, StringComparison.Ordinal));
    }

    private static IEnumerable<(string[] Words, Command Command)> Walk(Command command, string[] words) =>
        command.Subcommands.Where(static child => !child.Hidden).SelectMany(child => Walk(child, [.. words, child.Name])).Prepend((words, command));
}
