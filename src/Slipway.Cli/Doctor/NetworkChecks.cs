using System.Net;
using System.Net.Sockets;

namespace Slipway.Cli.Doctor;

/// <summary>The addresses: answered by a Slipway server, free for one, or taken by something else.</summary>
internal static class NetworkChecks
{
    public static async Task<Check> Run(string url, CancellationToken ct)
    {
        var address = new Uri(url);
        if (address.Port == 0) return Check.Ok("address", "Any free port.");
        if (await ServerProcess.Answers(RunningServer.Reachable(address), ct)) return Check.Ok("address", $"A Slipway server answers at {url}.");
        return IsFree(address.Port)
            ? Check.Ok("address", $"{url} is free; no server answers there now.")
            : Check.Fail("address", $"{url} is taken by another program, which does not answer as Slipway.", "Stop it, or listen elsewhere with --urls http://127.0.0.1:PORT.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
