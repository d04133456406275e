using System.Buffers.Binary;
using Slipway.Cli.Import.TensorBoard;

namespace Slipway.Tests.Import;

/// <summary>Writes TensorBoard event files.</summary>
internal static class EventFile
{
    public static byte[] Record(byte[] content)
    {
        var record = new byte[12 + content.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), EventRecords.Masked(record.AsSpan(0, 8)));
        content.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + content.Length), EventRecords.Masked(content));
        return record;
    }

    public static byte[] Version(double wall) => Record(ProtoWriter.Of(e => e.Double(1, wall).Text(3, "brain.Event:2")));

    /// <summary>As TensorFlow 1 and PyTorch write a scalar.</summary>
    public static byte[] Simple(double wall, long step, string tag, float value) => Event(wall, step, v => v.Text(1, tag).Float(2, value));

    /// <summary>As TensorFlow 2 does: a tensor without dimensions, the plugin with the first value only.</summary>
    public static byte[] Tensor(double wall, long step, string tag, float value, bool first = false, bool inContent = true) => Event(wall, step, v =>
    {
        v.Text(1, tag).Message(8, t =>
        {
            t.Long(1, 1).Message(2, _ => { });
            if (inContent) t.Bytes(4, BitConverter.GetBytes(value));
            else t.Bytes(5, BitConverter.GetBytes(value));
        });
        if (first) v.Message(9, m => m.Message(1, p => p.Text(1, "scalars")));
    });

    /// <summary>A picture, which becomes no metric.</summary>
    public static byte[] Image(double wall, long step, string tag) => Event(wall, step, v => v.Text(1, tag).Message(4, i => i.Long(1, 1).Bytes(4, [1, 2, 3])));

    public static byte[] Params(double wall, params (string Key, object Value)[] values) => Event(wall, 0, v => v.Text(1, "_hparams_/session_start_info").Message(9, m => m.Message(1, p => p.Text(1, "hparams").Message(2, data =>
        data.Message(3, start =>
        {
            foreach (var (key, value) in values)
                start.Message(1, entry => entry.Text(1, key).Message(2, word =>
                {
                    if (value is string text) word.Text(3, text);
                    else if (value is bool flag) word.Long(4, flag ? 1 : 0);
                    else word.Double(2, Convert.ToDouble(value));
                }));
        })))));

    private static byte[] Event(double wall, long step, Action<ProtoWriter> value) => Record(ProtoWriter.Of(e => e.Double(1, wall).Long(2, step).Message(5, s => s.Message(1, value))));
}
