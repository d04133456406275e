namespace Slipway.Sandbox;

/// <summary>Finds out what works here by running a program that does nothing: that namespaces may be made is not written anywhere.</summary>
internal static class SandboxProbe
{
    private static readonly SandboxJob Nothing = new("true", []) { Limits = new SandboxLimits { WallTime = TimeSpan.FromSeconds(10) } };

    /// <summary>The best that works, or the one that was asked for if it does.</summary>
    public static async Task<SandboxMeans> Find(SandboxMechanism? wanted, Func<SandboxJob, SandboxMeans, Task<Outcome<SandboxResult>>> run)
    {
        if (!OperatingSystem.IsLinux()) return new SandboxMeans(SandboxMechanism.Limits, false, false, "sandboxes are built on Linux's namespaces", false);
        var root = Environment.IsPrivilegedProcess;
        List<string> failures = [];
        if (wanted is null or SandboxMechanism.Bubblewrap)
        {
            // As root no user namespace is made, so there is nothing to nest in; elsewhere old versions do not know the flag.
            foreach (var nested in root ? (bool[])[false] : [true, false])
                if (await Works(new SandboxMeans(SandboxMechanism.Bubblewrap, true, nested, null, root)) is { } means) return means;
        }
        if (wanted is null or SandboxMechanism.User)
        {
            if (!root) failures.Add("user: the server is not root");
            else if (await Works(new SandboxMeans(SandboxMechanism.User, true, false, null, true)) is { } means) return means;
        }
        var why = failures.Count == 0 ? "sandbox.mechanism says so" : string.Join("; ", failures);
        foreach (var user in root ? (bool[])[true, false] : [false])
            foreach (var namespaces in (bool[])[true, false])
                if (await Works(new SandboxMeans(SandboxMechanism.Limits, namespaces, false, null, user)) is { } limits) return limits with { Why = why };
        return new SandboxMeans(SandboxMechanism.Limits, false, false, why, false);

        async Task<SandboxMeans?> Works(SandboxMeans means)
        {
            var tried = await run(Nothing, means);
            if (tried is { Problem: null, Value.ExitCode: 0 }) return means;
            var said = tried.Problem?.Message ?? tried.Value.Stderr.Trim();
            failures.Add($"{means.Name}: {(said.Length == 0 ? "it does not run" : FirstLine(said))}");
            return null;
        }
    }

    private static string FirstLine(string text) => text.Split('\n')[0] is { Length: > 200 } longer ? longer[..200] : text.Split('\n')[0];
}
