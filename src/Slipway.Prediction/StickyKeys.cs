using System.Runtime.InteropServices;

namespace Slipway.Prediction;

/// <summary>
/// The choice by key: each arm draws an exponential number from the key, the endpoint's salt and its own seed, divides it by its weight, and the least wins (weighted rendezvous
/// hashing). An arm's share is its weight; and when weights change, only those keys move that must.
/// </summary>
internal static class StickyKeys
{
    /// <summary>The longest key, in characters; a longer one counts by its beginning.</summary>
    public const int CharsMax = 256;

    /// <summary>The arm of a key, or null when none has a weight.</summary>
    public static EndpointArm? Choose(ServedEndpoint endpoint, string key)
    {
        var hash = Hash(key, endpoint.Salt);
        EndpointArm? chosen = null;
        var least = double.PositiveInfinity;
        var arms = endpoint.Arms;
        for (var i = 0; i < arms.Count; i++)
        {
            var arm = arms[i];
            if (!(arm.Weight > 0)) continue;
            // 53 bits, never 0: the logarithm is finite.
            var uniform = ((Mix(hash ^ arm.Seed) >> 11) + 1) * (1.0 / (1L << 53));
            var drawn = -Math.Log(uniform) / arm.Weight;
            if (drawn < least || chosen is null) (least, chosen) = (drawn, arm);
        }
        return chosen;
    }

    /// <summary>XXH64 of a text's UTF-16, at most <see cref="CharsMax"/> characters of it.</summary>
    public static ulong Hash(ReadOnlySpan<char> text, ulong seed)
    {
        if (text.Length > CharsMax) text = text[..CharsMax];
        var bytes = MemoryMarshal.AsBytes(text);
        const ulong P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0x165667B19E3779F9, P4 = 0x85EBCA77C2B2AE63, P5 = 0x27D4EB2F165667C5;
        var length = (ulong)bytes.Length;
        ulong hash;
        if (bytes.Length >= 32)
        {
            var (a, b, c, d) = (seed + P1 + P2, seed + P2, seed, seed - P1);
            for (; bytes.Length >= 32; bytes = bytes[32..])
            {
                a = Round(a, Read(bytes));
                b = Round(b, Read(bytes[8..]));
                c = Round(c, Read(bytes[16..]));
                d = Round(d, Read(bytes[24..]));
            }
            hash = Rotate(a, 1) + Rotate(b, 7) + Rotate(c, 12) + Rotate(d, 18);
            foreach (var lane in (ReadOnlySpan<ulong>)[a, b, c, d]) hash = (hash ^ Round(0, lane)) * P1 + P4;
        }
        else hash = seed + P5;
        hash += length;
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Rotate(hash ^ Round(0, Read(bytes)), 27) * P1 + P4;
        if (bytes.Length >= 4)
        {
            hash = Rotate(hash ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes) * P1, 23) * P2 + P3;
            bytes = bytes[4..];
        }
        foreach (var one in bytes) hash = Rotate(hash ^ one * P5, 11) * P1;
        hash = (hash ^ hash >> 33) * P2;
        hash = (hash ^ hash >> 29) * P3;
        return hash ^ hash >> 32;

        static ulong Round(ulong lane, ulong value) => Rotate(lane + value * P2, 31) * P1;
        static ulong Rotate(ulong value, int by) => System.Numerics.BitOperations.RotateLeft(value, by);
        static ulong Read(ReadOnlySpan<byte> from) => System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(from);
    }

    // SplitMix64's last step: two keys that differ in a bit draw independent numbers.
    private static ulong Mix(ulong value)
    {
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
        value = (value ^ value >> 27) * 0x94D049BB133111EB;
        return value ^ value >> 31;
    }
}
