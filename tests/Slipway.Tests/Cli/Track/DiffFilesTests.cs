using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Cli.Reproduce;

namespace Slipway.Tests.Cli.Track;

public sealed class DiffFilesTests
{
    [Fact]
    public void Files_are_found_by_name_and_their_part_of_the_text()
    {
        var one = "diff --git a/a b.txt b/a b.txt\nindex 1..2\n--- a/a b.txt\n+++ b/a b.txt\n@@ -1 +1 @@\n-x\n+diff --git y\n";
        var two = "diff --git a/old.py b/new name.py\nsimilarity index 100%\nrename from old.py\nrename to new name.py\n";
        var files = DiffFiles.Parse(Encoding.UTF8.GetBytes(one + two));
        Assert.Equal(["a b.txt", "new name.py"], files.Keys);
        Assert.Equal(files["a b.txt"], DiffFiles.Parse(Encoding.UTF8.GetBytes("preamble\n" + one))["a b.txt"]);
        Assert.NotEqual(files["a b.txt"], DiffFiles.Parse(Encoding.UTF8.GetBytes(one + "+z\n"))["a b.txt"]);
        Assert.Empty(DiffFiles.Parse([]));
    }

    [Fact]
    public void Any_bytes_are_read() => Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
    {
        var noise = bytes ?? [];
        Assert.True(DiffFiles.Parse(noise).Count <= 1 + noise.Length);
        Assert.True(DiffFiles.Parse([.. "diff --git "u8, .. noise]).Count >= 1);
    }).QuickCheckThrowOnFailure();
}
