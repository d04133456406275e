using System.Security.Cryptography;
using System.Text;

namespace Slipway.Cli.Relay;

/// <summary>A relay's folder: a lock, a salt, and a folder for each lane. Nobody but its owner may look into it.</summary>
internal sealed class RelayFolder : IDisposable
{
    /// <summary>Rounds of PBKDF2 over what a client proves itself with: a lane's name must not help to guess a password.</summary>
    private const int Rounds = 100_000;

    private readonly FileStream held;
    private readonly byte[] salt;

    private RelayFolder(string path, FileStream held, byte[] salt) => (Path, this.held, this.salt) = (path, held, salt);

    public string Path { get; }

    /// <summary>Opens it for this process alone.</summary>
    /// <exception cref="CommandFailure">Another relay holds it.</exception>
    public static RelayFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        Make(path);
        FileStream held;
        try
        {
            held = new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new CommandFailure(ExitCode.Refused, $"--data: another relay holds {path}.", "Use that one, or give this one a folder of its own.");
        }
        var file = System.IO.Path.Combine(path, "salt");
        if (!File.Exists(file) || new FileInfo(file).Length != 32) File.WriteAllBytes(file, RandomNumberGenerator.GetBytes(32));
        return new RelayFolder(path, held, File.ReadAllBytes(file));
    }

    /// <summary>Where a lane's folder is. Takes tens of milliseconds where there is a credential.</summary>
    public string LaneOf(string? authorization, string workspace)
    {
        var name = authorization is null
            ? "open-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(workspace)))[..16]
            : "sealed-" + Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes($"{workspace}\n{authorization}"), salt, Rounds, HashAlgorithmName.SHA256, 16));
        return System.IO.Path.Combine(Path, name);
    }

    /// <summary>Every lane's folder.</summary>
    public static IEnumerable<string> Lanes(string path) =>
        Directory.Exists(path) ? Directory.EnumerateDirectories(path).Where(folder => File.Exists(System.IO.Path.Combine(folder, "lane.json"))).Order(StringComparer.Ordinal) : [];

    /// <summary>Makes a folder that only its owner can enter.</summary>
    public static void Make(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => held.Dispose();
}
