namespace Slipway.Tracking;

/// <summary>Names for runs that were given none: two words that are easy to say and tell apart, and a number.</summary>
internal sealed class RunNames(Random random)
{
    private static readonly string[] Adjectives =
    [
        "able", "agile", "amber", "ample", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid", "careful", "cheery", "chilly", "clever", "coastal",
        "copper", "cosy", "crisp", "curious", "daring", "deft", "distant", "dusky", "eager", "early", "earnest", "fair", "fearless", "fleet", "fond", "frosty",
        "gentle", "glad", "golden", "grand", "hardy", "hasty", "honest", "humble", "ivory", "jolly", "keen", "kind", "lively", "lofty", "loyal", "lucid",
        "lucky", "mellow", "merry", "mild", "misty", "modest", "neat", "nimble", "noble", "northern", "olive", "patient", "placid", "plucky", "polite", "proud",
        "quick", "quiet", "rapid", "rustic", "sandy", "scarlet", "serene", "sharp", "silent", "silver", "sleek", "snowy", "spry", "steady", "sunny", "swift",
        "tidy", "tranquil", "trusty", "upbeat", "valiant", "velvet", "vivid", "warm", "watchful", "wavy", "western", "willing", "windy", "wise", "witty", "zesty",
    ];

    private static readonly string[] Animals =
    [
        "albatross", "alpaca", "antelope", "auk", "avocet", "badger", "beaver", "bison", "bittern", "bream", "bunting", "buzzard", "camel", "carp", "cod", "coot",
        "cormorant", "crab", "crane", "curlew", "deer", "dolphin", "dove", "duck", "dunlin", "eagle", "egret", "eider", "elk", "falcon", "ferret", "finch",
        "fox", "fulmar", "gannet", "gazelle", "goose", "grebe", "grouse", "gull", "hare", "harrier", "hawk", "heron", "herring", "ibex", "ibis", "jackdaw",
        "jay", "kestrel", "kite", "lapwing", "lark", "lemur", "linnet", "lobster", "lynx", "mackerel", "magpie", "marten", "mole", "moose", "newt", "orca",
        "osprey", "otter", "owl", "oyster", "perch", "petrel", "pike", "plover", "puffin", "quail", "raven", "redstart", "robin", "rook", "salmon", "seal",
        "shrew", "skua", "snipe", "sparrow", "stork", "swallow", "swan", "swift", "teal", "tern", "trout", "turtle", "vole", "walrus", "whale", "wren",
    ];

    /// <summary>A new name; not unique, only unlikely to repeat.</summary>
    public string Next()
    {
        lock (random) return $"{Adjectives[random.Next(Adjectives.Length)]}-{Animals[random.Next(Animals.Length)]}-{random.Next(1, 1000)}";
    }
}
