namespace Slipway.Sandbox;

/// <summary>What confines a job.</summary>
internal enum SandboxMechanism
{
    /// <summary>Bubblewrap: a file system of its own, own processes, no network.</summary>
    Bubblewrap,
    /// <summary>A user of its own in namespaces of its own, where the server is root.</summary>
    User,
    /// <summary>Limits alone.</summary>
    Limits,
}

/// <summary>What this machine has to offer.</summary>
/// <param name="Mechanism">The best that works, or the one that was asked for.</param>
/// <param name="Namespaces">For <see cref="SandboxMechanism.Limits"/>: whether it has at least processes of its own and no network.</param>
/// <param name="NoNestedUsers">Whether bubblewrap can forbid further user namespaces.</param>
/// <param name="Why">Why nothing better works, or null.</param>
/// <param name="OwnUser">Whether each job runs under a user id of its own. A server that is root needs it: the kernel limits the number of nobody's processes but root's.</param>
internal sealed record SandboxMeans(SandboxMechanism Mechanism, bool Namespaces, bool NoNestedUsers, string? Why, bool OwnUser)
{
    /// <summary>Whether other people's code may run in it while several people share the server.</summary>
    public bool Confines => Mechanism is not SandboxMechanism.Limits;

    /// <summary>As the options and answers say it.</summary>
    public string Name => NameOf(Mechanism);

    /// <summary>As the options and answers say it.</summary>
    public static string NameOf(SandboxMechanism mechanism) => mechanism switch { SandboxMechanism.Bubblewrap => "bubblewrap", SandboxMechanism.User => "user", _ => "limits" };

    /// <summary>What it does not keep from a job; null when nothing is known.</summary>
    public string? NotCovered => Mechanism switch
    {
        SandboxMechanism.Bubblewrap => null,
        SandboxMechanism.User => "A job can read the files that everybody on this machine may read.",
        _ => Namespaces ? "A job is the server's user: it can read and write whatever the server can, the database and keys too." : "A job is the server's user: it can read and write whatever the server can, and use the network.",
    };
}
