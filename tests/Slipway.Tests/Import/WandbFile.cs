using System.Buffers.Binary;
using Slipway.Cli.Import.Wandb;

namespace Slipway.Tests.Import;

/// <summary>Writes W&amp;B offline logs.</summary>
internal sealed class WandbFile
{
    private const int Block = 32_768;

    private readonly List<byte> bytes = [.. ":W&B"u8, 0xE1, 0xBE, 0];

    public byte[] ToArray() => bytes.ToArray();

    public WandbFile Record(Action<ProtoWriter> write)
    {
        ReadOnlySpan<byte> rest = ProtoWriter.Of(write);
        for (var first = true; ; first = false)
        {
            var room = Block - bytes.Count % Block;
            if (room < 7)
            {
                bytes.AddRange(new byte[room]);
                room = Block;
            }
            var take = Math.Min(rest.Length, room - 7);
            var last = take == rest.Length;
            Chunk((byte)(first ? last ? 1 : 2 : last ? 4 : 3), rest[..take]);
            rest = rest[take..];
            if (last) return this;
        }
    }

    public WandbFile Run(string id, string project = "flights", string name = "sunny-sky-1") => Record(r => r.Long(1, 1).Message(17, run => run.Text(1, id).Text(2, "ada").Text(3, project)
        .Message(4, config => config.Message(1, item => item.Text(1, "lr").Text(16, "0.1")).Message(1, item => item.Text(1, "model").Text(16, """{"depth": 3, "kind": "mlp", "sizes": [1, 2]}""")).Message(1, item => item.Text(1, "_wandb").Text(16, "{}")))
        .Text(6, "group-a").Text(7, "train").Text(8, name).Text(9, "a note").Text(10, "x").Text(10, "y").Message(17, time => time.Long(1, 1000).Long(2, 500_000_000)).Message(21, git => git.Text(1, "https://example.org/r").Text(2, "abc"))));

    public WandbFile History(long step, double at, params (string Key, string Json)[] values) => Record(r => r.Message(2, history =>
    {
        foreach (var (key, json) in values) history.Message(1, item => item.Text(1, key).Text(16, json));
        history.Message(1, item => item.Text(1, "_timestamp").Text(16, at.ToString("R"))).Message(1, item => item.Text(1, "_runtime").Text(16, "1")).Message(1, item => item.Text(1, "_step").Text(16, step.ToString()));
        history.Message(2, s => s.Long(1, step));
    }));

    public WandbFile Exit(int code, int runtime = 10) => Record(r => r.Message(18, exit => exit.Long(1, code).Long(2, runtime)));

    private void Chunk(byte type, ReadOnlySpan<byte> content)
    {
        var chunk = new byte[7 + content.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(chunk.AsSpan(4), (ushort)content.Length);
        chunk[6] = type;
        content.CopyTo(chunk.AsSpan(7));
        BinaryPrimitives.WriteUInt32LittleEndian(chunk, WandbLog.Crc(chunk.AsSpan(6)));
        bytes.AddRange(chunk);
    }
}
