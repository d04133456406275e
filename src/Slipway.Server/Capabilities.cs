namespace Slipway.Server;

/// <summary>The composition: one line, or a few, for each capability, lowest layer first. To add yours, add its lines here.</summary>
internal static class Capabilities
{
    /// <summary>Builds each capability, starts its loops (<see cref="Parts.Loop"/>) and adds its routes (<c>XxxApi.Map(parts.Routes, ...)</c>).</summary>
    public static void Compose(Parts parts)
    {
        ServerApi.Map(parts.Routes);
    }
}
