using System.Collections.Concurrent;
using Slipway.Access;
using Slipway.Sandbox;
using static Slipway.Access.ReviewItem;

namespace Slipway.Server;

/// <summary>What confines other people's code and files on this machine.</summary>
internal static class SandboxReview
{
    private const string Heading = "The sandbox";

    private const string Mend = "Install bubblewrap (Debian: apt-get install bubblewrap), and let the server's user make namespaces.";

    /// <summary>What a machine offers does not change while a process lives.</summary>
    private static readonly ConcurrentDictionary<(SandboxMechanism?, bool), SandboxMeans> Tried = new();

    /// <summary>Tries it where it was not tried yet, in a folder of its own: nothing of the installation is touched.</summary>
    public static ReviewItem Of(ServerOptions options) =>
        Of(Tried.GetOrAdd((options.Sandbox.Wanted, Environment.IsPrivilegedProcess), static key => Try(key.Item1)), options.Access.Mode is AccessMode.People);

    /// <summary>What is said of it.</summary>
    public static ReviewItem Of(SandboxMeans means, bool people) => means.Mechanism switch
    {
        SandboxMechanism.Bubblewrap => new ReviewItem("sandbox", Ok, Heading, "Model files are read, and commands of gates run, in bubblewrap."),
        SandboxMechanism.User => new ReviewItem("sandbox", Low, Heading, "Model files are read, and commands of gates run, as a user of their own, without bubblewrap.", means.NotCovered, Mend),
        _ when people => new ReviewItem("sandbox", Medium, Heading, $"There is no sandbox ({means.Why}): models are not scanned, and commands of gates are refused.", "Several people share this server, and what one of them brings could read what belongs to the others.", Mend),
        _ => new ReviewItem("sandbox", Low, Heading, $"There is no sandbox ({means.Why}): model files are read, and commands of gates run, with limits alone.", means.NotCovered, Mend),
    };

    private static SandboxMeans Try(SandboxMechanism? wanted)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-sandbox-").FullName;
        try
        {
            using var sandbox = new SandboxRunner(new SandboxOptions(folder) { Mechanism = wanted });
            return sandbox.Means().GetAwaiter().GetResult();
        }
        finally
        {
            SandboxFolder.Remove(folder);
        }
    }
}
