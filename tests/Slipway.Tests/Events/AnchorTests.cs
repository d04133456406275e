using Slipway.Events;

namespace Slipway.Tests.Events;

/// <summary>The anchor file across crashes.</summary>
public sealed class AnchorTests
{
    [Theory]
    [InlineData("{\"seal\":3,\"posi")]
    [InlineData("{\"seal\":3,\"posi\0\0\0\0\0\0\n")]
    public void A_line_torn_by_a_crash_is_no_finding_and_does_not_swallow_the_next_head(string torn)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
        using (var before = Anchor.Open(folder))
            for (var seal = 1; seal <= 2; seal++) before.Append(seal, seal, new byte[32], 0);
        File.AppendAllText(Anchor.HeadsPath(folder), torn);
        using (var after = Anchor.Open(folder))
        {
            Assert.Equal([1L, 2], after.Read().Select(line => line.Head?.Seal ?? 0));
            after.Append(3, 3, new byte[32], 0);
            Assert.Equal([(1L, null), (2, null), (3, null)], after.Read().Select(line => (line.Head?.Seal ?? 0, line.Finding)));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_key_that_a_crash_left_half_written_is_made_anew()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
        File.WriteAllText(Path.Combine(folder, "audit.key.new"), "-----BEGIN PRIV");
        using (var anchor = Anchor.Open(folder)) anchor.Append(1, 1, new byte[32], 0);
        using (var again = Anchor.Open(folder)) Assert.Equal((1L, null), again.Read().Select(line => (line.Head?.Seal ?? 0, line.Finding)).Single());
        Assert.False(File.Exists(Path.Combine(folder, "audit.key.new")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_line_that_is_no_head_is_a_finding_where_a_head_follows_it()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;
        using (var anchor = Anchor.Open(folder))
        {
            anchor.Append(1, 1, new byte[32], 0);
            File.AppendAllText(Anchor.HeadsPath(folder), "not a head\n");
            anchor.Append(2, 2, new byte[32], 0);
            Assert.Contains(anchor.Read(), line => line.Finding?.Contains("line 2 is no anchored head", StringComparison.Ordinal) == true);
        }
        Directory.Delete(folder, recursive: true);
    }
}
