using System.Buffers;
using System.Security.Cryptography;

namespace Slipway.Pages;

/// <summary>Who wrote something: the name for people, the key to know them again by, since a name may be given anew.</summary>
/// <param name="Name">As it was.</param>
/// <param name="Id">Of the person or service account; null for the local user, and once erased.</param>
internal readonly record struct Author(string Name, long? Id)
{
    /// <summary>Whoever asks.</summary>
    public static Author Of(Caller caller) => new(caller.Actor, caller.Principal);

    /// <summary>True when it is the caller.</summary>
    public bool Is(Caller caller) => caller.Principal is { } principal ? Id == principal : Id is null && Name == caller.Actor;

    /// <summary>The refusal of credentials that may only read: what they belong to may write, they may not. Null when they may.</summary>
    public static Problem? ReadsOnly(Caller caller) => (caller.Most & Right.WriteExperiments) != 0
        ? null
        : Problem.Denied($"The token of '{caller.Actor}' may only read. Send one with the scope write, or sign in.");
}

/// <summary>The ids of what people write on pages: short, fit for an address, and not to be guessed from one another.</summary>
internal static class PageId
{
    /// <summary>59 bits of chance.</summary>
    public const int Chars = 12;

    // No vowels but a: no words. No letter that looks like a digit.
    private const string Alphabet = "0123456789abcdfghjkmnpqrstvwxyz";

    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);

    /// <summary>A new one.</summary>
    public static string New() => RandomNumberGenerator.GetString(Alphabet, Chars);

    /// <summary>True for what may be an id.</summary>
    public static bool Is(string? text) => text?.Length == Chars && !text.AsSpan().ContainsAnyExcept(Allowed);
}
