namespace Slipway.Registry;

/// <summary>What a value on a pickle's stack is known to be.</summary>
internal enum PickleKind
{
    /// <summary>Something whose content does not matter, or is not known.</summary>
    Other,
    /// <summary>A text, in <see cref="PickleValue.Text"/>.</summary>
    Text,
    /// <summary>A whole number.</summary>
    Number,
    /// <summary>A tuple or list.</summary>
    Items,
    /// <summary>A dictionary.</summary>
    Pairs,
    /// <summary>Something that was imported: <see cref="PickleValue.Text"/> is module and name.</summary>
    Import,
    /// <summary>Something that a call made; <see cref="PickleValue.Text"/> is what was called.</summary>
    Made,
}

/// <summary>A value on the stack or in the memo. Values are shared, as in the machine that is simulated: what is appended to one shows wherever it is.</summary>
internal sealed class PickleValue(PickleKind kind, string? text = null, long number = 0)
{
    /// <summary>The most items of a collection that are remembered.</summary>
    private const int ItemsMax = 64;

    public static readonly PickleValue Other = new(PickleKind.Other);

    public PickleKind Kind => kind;

    public string? Text => text;

    public long Number => number;

    /// <summary>The first items, or the keys and values in turn; the arguments of what was made.</summary>
    public List<PickleValue> Items { get; } = kind is PickleKind.Items or PickleKind.Pairs or PickleKind.Made ? [] : None;

    /// <summary>False when there were more items than are remembered.</summary>
    public bool Whole { get; private set; } = true;

    private static readonly List<PickleValue> None = [];

    /// <summary>Remembers one more.</summary>
    public void Add(PickleValue item)
    {
        if (kind is not (PickleKind.Items or PickleKind.Pairs or PickleKind.Made)) return;
        if (Items.Count < ItemsMax) Items.Add(item);
        else Whole = false;
    }

    /// <summary>The value of a key of a dictionary; null where it is not known.</summary>
    public PickleValue? this[string key]
    {
        get
        {
            PickleValue? found = null;
            for (var i = 0; i + 1 < Items.Count; i += 2)
                if (Items[i] is { Kind: PickleKind.Text } name && name.Text == key) found = Items[i + 1];
            return found;
        }
    }
}
