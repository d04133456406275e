using Slipway.Cli;

namespace Slipway.Tests.Cli;

public sealed class TerminalTests : IDisposable
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
    }

    [Fact]
    public void A_pipe_gets_columns_and_nothing_else()
    {
        new Terminal(output, error, interactive: false, colour: true).Table(["ID", "NAME"], [["1", "flights"], ["22", new string('x', 300)]]);
        Assert.Equal(["ID  NAME", "1   flights", "22  " + new string('x', 300), ""], output.ToString().Split(Environment.NewLine));
    }

    [Fact]
    public void A_terminal_without_colour_gets_none()
    {
        var terminal = new Terminal(output, error, interactive: true, colour: false, colourOfErrors: false);
        terminal.Table(["ID"], [["1"]]);
        terminal.Mark("ok", 32);
        terminal.Fail("wrong", "mend it");
        Assert.DoesNotContain('\e', output.ToString() + error);
        Assert.Equal($"error: wrong{Environment.NewLine}  mend it{Environment.NewLine}", error.ToString());
    }

    [Fact]
    public void A_terminal_with_colour_gets_it()
    {
        new Terminal(output, error, interactive: true, colour: true, colourOfErrors: true).Fail("wrong", null);
        Assert.StartsWith("\e[1;31merror:", error.ToString(), StringComparison.Ordinal);
    }
}
