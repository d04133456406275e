using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Faults.Fuzz;

/// <summary>One HTTP/1.1 connection that sends bytes as they are (an HttpClient would mend the odd ones) and keeps several requests under way.</summary>
internal sealed class RawConnection(Uri url) : IDisposable
{
    /// <summary>Longer than any honest answer takes on a busy machine: beyond it a request counts as hanging.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly byte[] buffer = new byte[64 * 1024];
    private Socket? socket;
    private int start;
    private int end;

    /// <summary>Sends the requests one behind the other and reads the answers. A request whose connection was closed before its answer has status 0.</summary>
    public async Task<List<(int Status, byte[] Body)>> Send(IReadOnlyList<byte[]> requests)
    {
        var answers = new List<(int, byte[])>();
        var silent = 0;
        while (answers.Count < requests.Count)
        {
            var before = answers.Count;
            await Round(requests, answers);
            if (answers.Count > before) silent = 0;
            else if (++silent == 2)
            {
                answers.Add((0, []));
                silent = 0;
            }
        }
        return answers;
    }

    public void Dispose() => Close();

    private async Task Round(IReadOnlyList<byte[]> requests, List<(int, byte[])> answers)
    {
        try
        {
            if (socket is null) await Open();
            // Sent in the background: a server that answers early must not wait for a client that only writes.
            var sending = SendAll(requests.Skip(answers.Count).ToList());
            while (answers.Count < requests.Count)
            {
                var head = requests[answers.Count].AsSpan().StartsWith("HEAD "u8);
                var (status, body, closes) = await ReadAnswer(head).AsTask().WaitAsync(Patience);
                answers.Add((status, body));
                if (!closes) continue;
                Close();
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }
            await sending;
        }
        catch (Exception failure) when (failure is SocketException or EndOfStreamException or ObjectDisposedException)
        {
            Close();
        }
        catch (TimeoutException)
        {
            Close();
            throw new TimeoutException($"No answer within {Patience.TotalSeconds} s to: {FuzzCase.Show(requests[answers.Count])}");
        }
    }

    private async Task SendAll(List<byte[]> requests)
    {
        var one = requests.SelectMany(request => request).ToArray();
        for (var sent = 0; sent < one.Length;) sent += await socket!.SendAsync(one.AsMemory(sent));
    }

    private async Task Open()
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        (start, end) = (0, 0);
        await socket.ConnectAsync(url.Host, url.Port);
    }

    private void Close()
    {
        socket?.Dispose();
        socket = null;
    }

    private async ValueTask<(int Status, byte[] Body, bool Closes)> ReadAnswer(bool head)
    {
        var status = int.Parse((await Line()).Split(' ')[1], CultureInfo.InvariantCulture);
        long length = 0;
        bool chunked = false, closes = false;
        while (await Line() is { Length: > 0 } header)
        {
            if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) length = long.Parse(header.AsSpan(15), CultureInfo.InvariantCulture);
            else if (header.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)) chunked = true;
            else if (header.Equals("Connection: close", StringComparison.OrdinalIgnoreCase)) closes = true;
        }
        using var body = new MemoryStream();
        if (head || status is 204 or 304) return (status, [], closes);
        if (!chunked) await Copy(length, body);
        while (chunked)
        {
            var size = int.Parse(await Line(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            await Copy(size, body);
            await Line();
            if (size == 0) break;
        }
        return (status, body.ToArray(), closes);
    }

    private async Task Copy(long count, MemoryStream to)
    {
        while (count > 0)
        {
            if (start == end) await More();
            var take = (int)Math.Min(count, end - start);
            to.Write(buffer, start, take);
            (start, count) = (start + take, count - take);
        }
    }

    private async Task<string> Line()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (start == end) await More();
            var at = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            var stop = at < 0 ? end : start + at;
            line.Append(Encoding.Latin1.GetString(buffer, start, stop - start));
            start = at < 0 ? end : stop + 1;
            if (at >= 0) return line.ToString().TrimEnd('\r');
        }
    }

    private async Task More()
    {
        (start, end) = (0, 0);
        end = await socket!.ReceiveAsync(buffer);
        if (end == 0) throw new EndOfStreamException();
    }
}
