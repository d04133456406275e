using System.Text.Json;
using Slipway.Access;
using static Slipway.Access.ReviewItem;

namespace Slipway.Server;

/// <summary>Files that hold secrets or decide what the server does: nobody but its user should read or write them.</summary>
internal static class SecrecyReview
{
    /// <summary>No configuration is larger; what is, is not searched for secrets.</summary>
    private const int ConfigBytesMax = 1 << 20;

    private const string Configuration = "The configuration file";

    private const UnixFileMode OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Looks at the keys and at the configuration file.</summary>
    public static IEnumerable<ReviewItem> Of(ServerOptions options)
    {
        if (OperatingSystem.IsWindows()) yield break; // who may read a file is said in another way there
        var data = Path.GetFullPath(options.Data);
        var found = new List<ReviewItem?>
        {
            Key(Path.Combine(data, "audit.key"), "audit-key", "The key that signs the event log", "Whoever reads it can sign forged heads of the event log, which then passes as whole."),
            Key(options.Secrets.KeyFile is { } keys ? Path.GetFullPath(keys) : Path.Combine(data, SecretKeys.FileName), "secrets-key", "The key that opens secrets", "Whoever reads it can open every secret and every encrypted artifact in a copy of the data."),
            (options.Tls.Key ?? options.Tls.Certificate) is { } key ? Key(Path.GetFullPath(key), "tls-key", "The key of the certificate", "Whoever reads it can pass for this server.") : null,
            options.Lineage.OpenLineageTokenFile is { } token ? Key(Path.GetFullPath(token), "lineage-token", "The key of the OpenLineage address", "Whoever reads it can tell that address what never happened.") : null,
            Config(options.ConfigFile is { } config ? Path.GetFullPath(config) : Path.Combine(data, OptionSources.FileName)),
        };
        foreach (var item in found.OfType<ReviewItem>()) yield return item;
        if (found.All(static item => item is null)) yield return new ReviewItem("secrets", Ok, "Keys and configuration", "Only their owner can read keys and configuration.");
    }

    private static ReviewItem? Key(string path, string id, string title, string why) =>
        Mode(path) is { } mode && (mode & (OthersRead | OthersWrite)) != 0 ? new ReviewItem(id, High, title, $"Others on this machine can read {path} ({Text(mode)}).", why, $"chmod 600 '{path}'") : null;

    private static ReviewItem? Config(string path)
    {
        if (Mode(path) is not { } mode || (mode & (OthersRead | OthersWrite)) == 0) return null;
        if ((mode & OthersWrite) != 0) return new ReviewItem("configuration", High, Configuration, $"Others on this machine can change {path} ({Text(mode)}).", "Whoever changes it decides who may come in after the next start.", $"chmod 600 '{path}'");
        var secrets = Secrets(path);
        return secrets.Count == 0
            ? new ReviewItem("configuration", Low, Configuration, $"Others on this machine can read {path} ({Text(mode)}).", "It says where data and keys lie, and who is let in.", $"chmod 600 '{path}'")
            : new ReviewItem("configuration", High, Configuration, $"Others on this machine can read the secrets in {path} ({Text(mode)}): {string.Join(", ", secrets)}.", "They open the database or the artifacts without asking this server.",
                $"chmod 600 '{path}', then replace the secrets: somebody may have read them.");
    }

    private static List<string> Secrets(string path)
    {
        var found = new List<string>();
        try
        {
            if (new FileInfo(path).Length > ConfigBytesMax) return found;
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            Search(document.RootElement, "", found);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            // Then the start of a server says so.
        }
        return found;
    }

    private static void Search(JsonElement at, string key, List<string> found)
    {
        if (at.ValueKind is JsonValueKind.Object)
            foreach (var member in at.EnumerateObject()) Search(member.Value, key.Length == 0 ? member.Name : $"{key}.{member.Name}", found);
        else if (at.ValueKind is not JsonValueKind.Null && OptionKeys.All.FirstOrDefault(one => one.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) is { } option
            && (option.Secret || option.Key is "database" && HasPassword(at.ToString()))) found.Add(option.Key);
    }

    // Password=... in a connection, or postgres://NAME:PASSWORD@HOST.
    private static bool HasPassword(string connection) =>
        connection.Contains("password=", StringComparison.OrdinalIgnoreCase) || Uri.TryCreate(connection, UriKind.Absolute, out var address) && address.UserInfo.Contains(':', StringComparison.Ordinal);

    private static UnixFileMode? Mode(string path) => !OperatingSystem.IsWindows() && File.Exists(path) ? File.GetUnixFileMode(path) : null;

    private static string Text(UnixFileMode mode) => "mode " + Convert.ToString((int)mode, 8);
}
