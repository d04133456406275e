namespace Slipway.Client;

/// <summary>Which events of the log to read; everything that is not set does not count.</summary>
public sealed record EventQuery
{
    /// <summary>This kind, or, up to a dot, kinds that begin with it: `run` takes `run.created` too.</summary>
    public string? Kind { get; init; }

    /// <summary>What this one did.</summary>
    public string? Actor { get; init; }

    /// <summary>What happened to this, or, up to a slash, to all that begin with it: `run/0198...`, `person`.</summary>
    public string? Subject { get; init; }

    /// <summary>From this time on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only attempts that were refused.</summary>
    public bool RefusedOnly { get; init; }

    /// <summary>Of all workspaces instead of the client's; for administrators of the installation.</summary>
    public bool AllWorkspaces { get; init; }

    /// <summary>From the newest back.</summary>
    public bool NewestFirst { get; init; }

    internal string Text
    {
        get
        {
            var text = "";
            Add("kind", Kind);
            Add("actor", Actor);
            Add("subject", Subject);
            Add("since", Since?.ToUnixTimeMilliseconds().ToString());
            Add("until", Until?.ToUnixTimeMilliseconds().ToString());
            if (RefusedOnly) Add("refused", "true");
            if (AllWorkspaces) Add("all", "true");
            if (NewestFirst) Add("newest_first", "true");
            return text;

            void Add(string name, string? value) => text += value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
        }
    }
}
