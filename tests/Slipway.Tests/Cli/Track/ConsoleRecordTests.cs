using System.Text;
using Slipway.Cli.Track;

namespace Slipway.Tests.Cli.Track;

public sealed class ConsoleRecordTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("slipway-console-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(27)]
    [InlineData(30)]
    [InlineData(1234)]
    public void The_beginning_and_the_end_are_kept_in_whatever_pieces_they_come(int length)
    {
        const int Part = 10;
        var all = Enumerable.Range(0, length).Select(i => (byte)('a' + i % 26)).ToArray();
        var random = new Random(length);
        for (var round = 0; round < 20; round++)
        {
            using var record = new ConsoleRecord(Path.Combine(folder.FullName, $"{length}-{round}"), Part);
            for (var at = 0; at < length;)
            {
                var piece = Math.Min(random.Next(1, 40), length - at);
                record.Write(all.AsSpan(at, piece));
                at += piece;
            }
            using var whole = new MemoryStream();
            record.CopyTo(whole);
            byte[] expected = length <= 2 * Part ? all : [.. all[..Part], .. Encoding.UTF8.GetBytes($"\n[{length - 2 * Part} bytes are left out here]\n"), .. all[^Part..]];
            Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(whole.ToArray()));
            Assert.Equal(length, record.Written);
        }
    }

    [Fact]
    public void It_goes_with_its_file_and_takes_nothing_after_it_was_read()
    {
        var path = Path.Combine(folder.FullName, "one");
        using (var record = new ConsoleRecord(path))
        {
            record.Write("kept"u8);
            using var whole = new MemoryStream();
            record.CopyTo(whole);
            record.Write("late"u8);
            Assert.Equal((4, 4), (whole.Length, record.Written));
            Assert.Throws<IOException>(() => new ConsoleRecord(path));
        }
        Assert.False(File.Exists(path));
    }
}
