using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Artifacts;

namespace Slipway.Tests.Artifacts;

public sealed class ArtifactPathTests
{
    private const string Prefix = "/api/2.0/mlflow-artifacts/artifacts/";

    [Theory]
    [InlineData("a")]
    [InlineData("1/0123456789abcdef0123456789abcdef/artifacts/model/MLmodel")]
    [InlineData("a b/c+d")]
    [InlineData("größe/模型/émile.png")]
    [InlineData("emoji-🚀.txt")]
    [InlineData("..hidden")]
    [InlineData("a...b")]
    [InlineData("100% sure.txt")]
    [InlineData("100%25 sure.txt")]
    [InlineData("12:30.log")]
    [InlineData(".gitignore")]
    [InlineData("images/val#examples%step%0%timestamp%1763700000000%g3f2a-11.png")]
    [InlineData("images/val%step%85%timestamp%1763700000000%h3f2a%compressed.webp")]
    [InlineData("images/val%step%2517%timestamp%1999999999999%z.png")]
    [InlineData("images/val%step%990%timestamp%1000000000000%g.png")]
    public void Parse_takes_ordinary_names_as_they_are(string text)
    {
        Assert.Equal(text, ArtifactPath.Parse(text).Value.Text);
        var escaped = string.Join('/', text.Split('/').Select(Uri.EscapeDataString));
        Assert.Equal(text, ArtifactPath.FromTarget(Prefix + escaped + "?x=/../..", 4).Value.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("//host/share")]
    [InlineData(@"\\host\share")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../x")]
    [InlineData("a/../x")]
    [InlineData("a/..")]
    [InlineData("a/./x")]
    [InlineData("a//x")]
    [InlineData("a/")]
    [InlineData(@"a\x")]
    [InlineData(@"..\x")]
    [InlineData(@"a/..\..\x")]
    [InlineData("C:/x")]
    [InlineData("c:x")]
    [InlineData("a/C:/x")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    [InlineData("%2e%2e/x")]
    [InlineData("%2E%2e")]
    [InlineData("a/.%2e/x")]
    [InlineData("%2f..")]
    [InlineData("a%2fb")]
    [InlineData("a%5cb")]
    [InlineData("%5c%5chost")]
    [InlineData("%252e%252e/x")]
    [InlineData("%25252e%25252e/x")]
    [InlineData("a%00b")]
    [InlineData("a%0ab")]
    [InlineData("a%0d%0ab")]
    [InlineData("a%1bb")]
    [InlineData("a%7fb")]
    [InlineData("%c0%80")]
    [InlineData("a%e0%80%99b/%99")]
    [InlineData("%43:/x")]
    [InlineData("%c0%ae%c0%ae/x")]
    [InlineData("%ff")]
    public void Parse_refuses_every_form_of_escape(string text)
    {
        var parsed = ArtifactPath.Parse(text);
        Assert.Equal((400, ErrorCode.INVALID_PARAMETER_VALUE), (parsed.Problem?.Status, parsed.Problem?.Code));
        Assert.StartsWith("Invalid path", parsed.Problem!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(parsed.Problem.Message, char.IsControl);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("%2e%2e/x")]
    [InlineData("%2E%2E%2Fx")]
    [InlineData("..%2fx")]
    [InlineData("%2f..")]
    [InlineData("%2fetc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("a/%2e%2e/%2e%2e/x")]
    [InlineData("%252e%252e/x")]
    [InlineData("%252e%252e%252fx")]
    [InlineData("a%252fb")]
    [InlineData("%25252e%25252e/x")]
    [InlineData("..%5cx")]
    [InlineData("%5c%5chost%5cshare")]
    [InlineData("..%255cx")]
    [InlineData("C:%5cx")]
    [InlineData("C%3A/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("a%00b")]
    [InlineData("a%2500b")]
    [InlineData("%c0%ae%c0%ae/x")]
    [InlineData("%c0%af")]
    [InlineData("%e0%80%ae")]
    [InlineData("%ff%fe")]
    [InlineData("%ed%a0%80")]
    [InlineData("a%0d%0ab")]
    [InlineData("%u002e%u002e/x")]
    [InlineData("%2")]
    [InlineData("a%zz")]
    [InlineData("")]
    [InlineData("a/")]
    [InlineData("a%2f")]
    public void FromTarget_refuses_every_form_of_escape(string escaped) => Assert.Equal(400, ArtifactPath.FromTarget(Prefix + escaped, 4).Problem?.Status);

    [Fact]
    public void FromTarget_reads_an_absolute_request_line_and_an_encoded_slash() =>
        Assert.Equal("a/b c", ArtifactPath.FromTarget("http://host:5000" + Prefix + "a%2Fb%20c", 4).Value.Text);

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        // Not as attribute data: metadata is UTF-8 and cannot hold one.
        foreach (var text in new[] { "a\ud800", "a\ud800b", "\udc00a" }) Assert.Contains("Unicode", ArtifactPath.Parse(text).Problem?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_hold_to_the_byte()
    {
        var most = new string('ä', ArtifactPath.SegmentBytesMax / 2) + "x";
        Assert.Null(ArtifactPath.Parse(most).Problem);
        Assert.Contains("255", ArtifactPath.Parse(most + "x").Problem?.Message, StringComparison.Ordinal);

        var deep = string.Join('/', Enumerable.Repeat("d", ArtifactPath.SegmentsMax));
        Assert.Null(ArtifactPath.Parse(deep).Problem);
        Assert.Contains("64", ArtifactPath.Parse(deep + "/d").Problem?.Message, StringComparison.Ordinal);

        var longest = string.Join('/', Enumerable.Repeat(new string('n', 204), 5));
        Assert.Equal(ArtifactPath.BytesMax, Encoding.UTF8.GetByteCount(longest));
        Assert.Null(ArtifactPath.Parse(longest).Problem);
        Assert.Contains("1024", ArtifactPath.Parse(longest + "n").Problem?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_of_encoding_without_end_are_refused()
    {
        var text = "%2e";
        for (var i = 0; i < 20; i++) text = text.Replace("%", "%25", StringComparison.Ordinal);
        Assert.Equal(400, ArtifactPath.Parse("a" + text).Problem?.Status);
    }

    [Theory]
    [InlineData("mlflow-artifacts:/1/r/artifacts", "1/r/artifacts")]
    [InlineData("mlflow-artifacts://host:5000/1/r/artifacts", "1/r/artifacts")]
    [InlineData("mlflow-artifacts:/", "")]
    public void OfUri_reads_the_store_s_own_addresses(string uri, string path) => Assert.Equal(path, ArtifactPath.OfUri(uri).Value.Text);

    [Theory]
    [InlineData("s3://bucket/1/r/artifacts")]
    [InlineData("file:///tmp/1")]
    [InlineData("mlflow-artifacts:/1/../2")]
    public void OfUri_refuses_others(string uri) => Assert.Equal(400, ArtifactPath.OfUri(uri).Problem?.Status);

    [Fact]
    public void Whatever_is_accepted_stays_under_the_root_however_often_it_is_decoded()
    {
        var pieces = new[]
        {
            "..", ".", "/", "\\", "%", "2e", "2E", "%2e", "%2f", "%5c", "%25", "%252e", "a", "b.txt", "é", "🚀", "C:", "\0", "\n", "%00", "%c0%ae", " ", "~", "%7e", "%u002e", "．", "／",
        };
        var texts = Gen.Elements(pieces).ListOf().Select(string.Concat);
        var root = Path.GetFullPath(Path.Combine(Path.GetTempPath(), "root")) + Path.DirectorySeparatorChar;
        var config = Config.QuickThrowOnFailure.WithMaxTest(20_000);
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            foreach (var parsed in new[] { ArtifactPath.Parse(text), ArtifactPath.FromTarget(Prefix + text, 4) })
            {
                if (parsed.Problem is not null) continue;
                var layer = parsed.Value.Text;
                for (var depth = 0; depth < 10; depth++)
                {
                    var lower = layer.Replace('\\', '/');
                    if (!Path.GetFullPath(Path.Combine(root, lower)).StartsWith(root, StringComparison.Ordinal)) return false;
                    if (lower.Split('/').Any(segment => segment is "" or "." or "..")) return false;
                    layer = Uri.UnescapeDataString(layer);
                }
                if (ArtifactPath.Parse(parsed.Value.Text).Value != parsed.Value) return false;
            }
            return true;
        }).Check(config);
    }
}
