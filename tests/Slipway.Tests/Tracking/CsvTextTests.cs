using System.Text;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class CsvTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\"")]
    [InlineData("-2+3", "\"'-2+3\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\n=1", "\"'\n=1\"")]
    [InlineData("-", "\"'-\"")]
    [InlineData("--1", "\"'--1\"")]
    [InlineData("-1", "-1")]
    [InlineData("+1.5e-3", "+1.5e-3")]
    [InlineData("-Infinity", "\"'-Infinity\"")]
    [InlineData("-1 ", "\"'-1 \"")]
    [InlineData("größe, ü", "\"größe, ü\"")]
    public void A_cell_is_quoted_where_it_must_be_and_never_runs(string text, string cell) => Assert.Equal(cell, Written(text));

    [Fact]
    public void Any_text_reads_back_as_it_was_but_for_the_apostrophe()
    {
        var random = new Random(7);
        for (var n = 0; n < 20_000; n++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => "ab1.=+-@,\"\r\n\t'é"[random.Next(15)])]);
            var cell = Written(text);
            var read = cell.Length > 0 && cell[0] == '"' ? cell[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : cell;
            Assert.True(read == text || read == "'" + text, $"{text} -> {cell}");
            if (cell.Length > 0 && cell[0] != '"') Assert.True(cell.IndexOfAny([',', '"', '\r', '\n']) < 0, cell);
            if (read == text && text.Length > 0 && text[0] is '=' or '@' or '\t' or '\r') Assert.Fail(cell);
        }
    }

    private static string Written(string text)
    {
        using var buffer = new PooledWriter();
        CsvText.Write(buffer, Encoding.UTF8.GetBytes(text));
        return Encoding.UTF8.GetString(buffer.Written);
    }
}
