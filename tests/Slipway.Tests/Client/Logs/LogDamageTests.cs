using Slipway.Client;
using Slipway.Client.Logs;

namespace Slipway.Tests.Client.Logs;

/// <summary>A segment cut or changed at any byte: everything before is read, and nothing is read that was not logged.</summary>
public sealed class LogDamageTests : IDisposable
{
    private readonly LogBench bench = new();
    private readonly byte[] file;
    private readonly List<string> whole;
    private readonly List<int> ends = [];

    public LogDamageTests()
    {
        var folder = bench.Folder();
        using (var writer = bench.Writer(folder))
            for (var i = 0; i < 60; i++)
            {
                writer.Point($"k{i % 3}", i, i, 1_000 + i);
                if (i % 10 == 0) writer.Pair(LogKind.Tag, "note", new string('x', i));
            }
        file = File.ReadAllBytes(folder.SegmentPath(1));
        var reader = LogBench.Reader(file);
        whole = [];
        while (reader.Next(out var record) is LogStep.Record)
        {
            whole.Add(LogBench.Line(record));
            ends.Add((int)reader.Offset);
        }
        Assert.Equal(66, whole.Count);
    }

    public void Dispose() => bench.Dispose();

    private int Before(int at) => ends.Count(end => end <= at);

    [Fact]
    public void Cut_at_any_byte_it_gives_everything_before_the_cut()
    {
        for (var length = 0; length < file.Length; length++)
        {
            var (records, damage) = LogBench.Read(file[..length]);
            Assert.Equal(whole.Take(Before(length)), records);
            if (length > LogFormat.HeaderBytes && !ends.Contains(length) && Before(length) < whole.Count && damage is null)
                Assert.Equal(LogKind.Key, (LogKind)file[PreviousFrame(length) + LogFormat.FrameBytes]); // A cut behind a key is one between records.
        }
    }

    [Fact]
    public void Cut_at_any_byte_and_filled_with_zeros_it_gives_everything_before_the_cut()
    {
        for (var length = 0; length < file.Length; length++)
        {
            var zeroed = new byte[file.Length];
            file.AsSpan(0, length).CopyTo(zeroed);
            var (records, _) = LogBench.Read(zeroed);
            Assert.Equal(whole.Take(Before(zeroed.AsSpan().CommonPrefixLength(file))), records);
        }
    }

    [Fact]
    public void Changed_at_any_byte_it_gives_everything_before_and_says_what_is_wrong()
    {
        var random = new Random(11);
        for (var at = 0; at < file.Length; at++)
        {
            var changed = file.ToArray();
            changed[at] ^= (byte)random.Next(1, 256);
            var (records, damage) = LogBench.Read(changed);
            Assert.Equal(whole.Take(Before(at)), records);
            Assert.NotNull(damage);
            Assert.Contains("byte", damage, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_lost_page_in_the_middle_is_damage_and_not_an_end()
    {
        var (middle, page) = (ends[20], 200);
        var holed = file.ToArray();
        holed.AsSpan(middle, page).Clear();
        var (records, damage) = LogBench.Read(holed);
        Assert.Equal(whole.Take(21), records);
        Assert.Contains($"records are missing here: others follow (byte {middle})", damage, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_call_left_that_did_not_return_is_neither_a_record_nor_damage()
    {
        // The length comes last: a process that died before has written anything but that.
        var torn = file.AsSpan(0, ends[30]).ToArray().Concat(new byte[6]).Concat(file[(ends[30] + 6)..(ends[30] + 20)]).Concat(new byte[100_000]).ToArray();
        var (records, damage) = LogBench.Read(torn);
        Assert.Equal(whole.Take(31), records);
        Assert.Null(damage);
    }

    [Fact]
    public void Any_bytes_at_all_never_throw()
    {
        var random = new Random(5);
        for (var i = 0; i < 2_000; i++)
        {
            var bytes = new byte[random.Next(0, 400)];
            random.NextBytes(bytes);
            if (i % 2 == 0) file.AsSpan(0, Math.Min(bytes.Length, LogFormat.HeaderBytes)).CopyTo(bytes);
            Assert.Empty(LogBench.Read(bytes).Records);
        }
    }

    [Fact]
    public void A_frame_with_a_true_checksum_and_a_false_form_is_damage()
    {
        foreach (byte[] payload in (byte[][])[[0], [9], [(byte)LogKind.Point], [(byte)LogKind.Point, 77, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], [(byte)LogKind.Param, 200, 1, 65],
            [(byte)LogKind.End], [(byte)LogKind.End, 99, 0], [(byte)LogKind.Key, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], [(byte)LogKind.Seal, 5]])
        {
            var frame = new byte[LogFormat.FrameBytes + payload.Length];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(frame, (ushort)payload.Length);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(2), LogFormat.Sum(payload));
            payload.CopyTo(frame.AsSpan(LogFormat.FrameBytes));
            var (records, damage) = LogBench.Read([.. file[..ends[5]], .. frame]);
            Assert.Equal(6, records.Count);
            Assert.Contains("not of a known form", damage, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Ends_of_runs_are_known_states_only()
    {
        foreach (var status in Enum.GetValues<RunStatus>())
        {
            var folder = LogFolder.Create(Path.Combine(bench.Root, status.ToString()), new LogSheet(LogBench.Log.ToString("N"), new string('b', 32), null, "0", null, 0, null, null, null, true));
            using (var writer = bench.Writer(folder)) writer.End(status, -5);
            Assert.Equal([$"end {status} -5"], LogBench.Read(folder).Records);
        }
    }

    private int PreviousFrame(int end)
    {
        var at = LogFormat.HeaderBytes;
        while (true)
        {
            var next = at + LogFormat.FrameBytes + System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));
            if (next >= end) return at;
            at = next;
        }
    }
}
