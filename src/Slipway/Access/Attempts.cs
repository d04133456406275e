namespace Slipway.Access;

/// <summary>
/// Counts failed sign-ins by name and address, and refuses more for a while: guessing is slow, and who mistypes is not locked out from elsewhere.
/// Kept in memory and bounded; a restart forgets.
/// </summary>
internal sealed class Attempts(TimeProvider clock)
{
    /// <summary>Failures for one name from one address in a window.</summary>
    public const int PairMax = 10;

    /// <summary>Failures from one address in a window, whatever the names.</summary>
    public const int AddressMax = 50;

    /// <summary>Failures for one name in a window, wherever from: a guess spread over many addresses.</summary>
    public const int NameMax = 200;

    /// <summary>The most names and addresses that are remembered.</summary>
    public const int KeysMax = 50_000;

    /// <summary>How long failures count.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, (int Failures, DateTimeOffset Until)> counts = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Null when another attempt may be made, else the refusal with the time to wait.</summary>
    public Problem? Check(string name, string? address)
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            foreach (var (key, most) in Keys(name, address))
                if (counts.TryGetValue(key, out var count) && count.Until > now && count.Failures >= most)
                    return new Problem(ErrorCode.REQUEST_LIMIT_EXCEEDED, "Too many failed attempts to sign in. Wait, and try again.", 429) { RetryAfter = count.Until - now };
        }
        return null;
    }

    /// <summary>Notes a failure.</summary>
    public void Failed(string name, string? address)
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            if (counts.Count >= KeysMax) Forget(now);
            foreach (var (key, _) in Keys(name, address))
                counts[key] = counts.TryGetValue(key, out var count) && count.Until > now ? (count.Failures + 1, count.Until) : (1, now + Window);
        }
    }

    /// <summary>Forgets the failures of a name from an address: its owner is in.</summary>
    public void Succeeded(string name, string? address)
    {
        lock (gate) counts.Remove(Keys(name, address)[0].Key);
    }

    private static (string Key, int Most)[] Keys(string name, string? address) => [($"{name}\n{address}", PairMax), ("address\n" + address, AddressMax), ("name\n" + name, NameMax)];

    // Those that are over; when that is not enough, all: an attacker with so many addresses gains a few guesses, not the server's memory.
    private void Forget(DateTimeOffset now)
    {
        foreach (var key in counts.Where(entry => entry.Value.Until <= now).Select(static entry => entry.Key).ToList()) counts.Remove(key);
        if (counts.Count >= KeysMax) counts.Clear();
    }
}
