using Slipway.Access;
using static Slipway.Access.ReviewItem;

namespace Slipway.Server;

/// <summary>Who else on this machine reaches the data folder.</summary>
internal static class FolderReview
{
    private const string Heading = "The data folder";

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Nothing where there is no folder yet.</summary>
    public static IEnumerable<ReviewItem> Of(string data)
    {
        var folder = Path.GetFullPath(data);
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder)) yield break; // who may read a file is said in another way there
        var mode = File.GetUnixFileMode(folder);
        yield return (mode & Others) == 0
            ? new ReviewItem("permissions", Ok, Heading, "Only the owner can read the data folder.")
            : new ReviewItem("permissions", Medium, Heading, $"Others on this machine can reach {folder} (mode {Convert.ToString((int)mode, 8)}).", "It holds the database, the artifacts and the keys of this installation.", $"chmod 700 '{folder}'");
    }
}
