namespace Slipway.Tests;

/// <summary>The working tree that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of Slipway.slnx.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "Slipway.slnx"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"No Slipway.slnx above {AppContext.BaseDirectory}."));
}
