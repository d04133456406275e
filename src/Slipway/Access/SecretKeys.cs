using System.Security.Cryptography;
using System.Text;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// The keys that seal secrets: the first seals, all of them open. They come from the environment, from a file, or from one made at the first
/// start beside the data (mode 0600), which protects copies of the database and backups but not a copy of the whole folder.
/// </summary>
internal sealed class SecretKeys
{
    /// <summary>The name of the file that is made when nothing else is said.</summary>
    public const string FileName = "secrets.key";

    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    private const string Comment = "# Keys that seal secrets, base64, the newest first: the first seals, all of them open. Keep a copy apart from the backups.";

    private readonly string? path;
    private readonly Lock adding = new();
    private volatile IReadOnlyList<Key> keys;

    /// <summary>A key and the name that it is stored under, which tells nothing about it.</summary>
    internal sealed record Key(string Id, byte[] Bytes);

    private SecretKeys(string? path, IReadOnlyList<Key> keys) => (this.path, this.keys) = (path, keys);

    /// <summary>What seals.</summary>
    public Key Current => keys[0];

    /// <summary>Reads the keys, or makes one.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="file">The option `secrets.keyFile`, or null.</param>
    /// <param name="given">The option `secrets.key`; empty when it is not set.</param>
    public static Outcome<SecretKeys> Open(string folder, string? file, IReadOnlyList<string> given)
    {
        if (given.Count > 0)
        {
            if (file is not null) return Problem.Invalid("secrets.keyFile: is set, and secrets.key is too. Set one of them.");
            var parsed = Parse(given, "secrets.key");
            return parsed.Problem is { } bad ? bad : new SecretKeys(null, parsed.Value);
        }
        var path = file ?? Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
            {
                // A file that was named and is not there is a typing error or a disk that is not mounted: a new key would hide that.
                if (file is not null) return Problem.Invalid($"secrets.keyFile: got '{file}', expected a file with a key of {KeyBytes} bytes in base64. Make one: openssl rand -base64 {KeyBytes} > {file}");
                Write(path, [New()]);
            }
            var read = ReadFile(path);
            return read.Problem is { } problem ? problem : new SecretKeys(path, read.Value);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"secrets.keyFile: {path} cannot be read or made: {failure.Message}");
        }
    }

    /// <summary>The key of this id, or null; a file is read again first, because another server may have added one.</summary>
    public Key? Find(string id)
    {
        if (keys.FirstOrDefault(key => key.Id == id) is { } known) return known;
        if (path is not null && ReadFile(path) is { Problem: null } read) keys = read.Value;
        return keys.FirstOrDefault(key => key.Id == id);
    }

    /// <summary>Puts a new key in front, in the file too; keys of the environment are the operator's to add.</summary>
    public void Add()
    {
        if (path is null) return;
        lock (adding)
        {
            IReadOnlyList<Key> more = [New(), .. keys];
            Write(path, more);
            keys = more;
        }
    }

    private static Outcome<IReadOnlyList<Key>> ReadFile(string path) =>
        Parse([.. File.ReadLines(path).Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#')], "secrets.keyFile");

    // What was got is never repeated: it may be most of a key.
    private static Outcome<IReadOnlyList<Key>> Parse(IReadOnlyList<string> lines, string option)
    {
        var keys = new List<Key>();
        foreach (var line in lines)
        {
            var bytes = new byte[KeyBytes];
            if (line.Length > 64 || !Convert.TryFromBase64String(line, bytes, out var written) || written != KeyBytes)
                return Problem.Invalid($"{option}: key {keys.Count + 1} is not {KeyBytes} bytes in base64. Make one: openssl rand -base64 {KeyBytes}");
            keys.Add(Named(bytes));
        }
        return keys.Count > 0 ? keys : Problem.Invalid($"{option}: holds no key, expected {KeyBytes} bytes in base64. Make one: openssl rand -base64 {KeyBytes}");
    }

    private static Key New() => Named(RandomNumberGenerator.GetBytes(KeyBytes));

    private static Key Named(byte[] bytes) => new(Convert.ToHexStringLower(SHA256.HashData([.. "slipway key id"u8, .. bytes]))[..16], bytes);

    private static void Write(string path, IReadOnlyList<Key> keys)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        // Written aside and renamed: a crash must not leave half a file, and with it every secret lost.
        using (var file = new FileStream(path + ".new", options))
        {
            file.Write(Encoding.ASCII.GetBytes(Comment + "\n" + string.Concat(keys.Select(static key => Convert.ToBase64String(key.Bytes) + "\n"))));
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".new", path, overwrite: true);
        DurableFolder.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
