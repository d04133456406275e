using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Benchmarks;

/// <summary>
/// A load that does not wait for answers: requests leave at a constant rate, and each latency counts from when its request should have left. A closed loop sends less when the server is slow, and so
/// hides how long people would have waited.
/// </summary>
/// <remarks>One thread, many connections; what finds no free connection waits, and its wait counts.</remarks>
internal static class OpenLoop
{
    public static OpenLoopResult Run(Uri server, byte[] request, double perSecond, TimeSpan time, int connections)
    {
        var lines = Enumerable.Range(0, connections).Select(_ => new Line(server)).ToArray();
        var free = new Stack<Line>(lines);
        var busy = new Dictionary<Socket, Line>();
        List<double> good = [], admitted = [];
        var (refused, failed, sent) = (0, 0, 0L);
        var (start, every) = (Stopwatch.GetTimestamp(), Stopwatch.Frequency / perSecond);
        var end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var drained = end + 2 * Stopwatch.Frequency;
        var ready = new List<Socket>();
        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            if (now >= drained || (now >= end && busy.Count == 0)) break;
            while (now < end && free.Count > 0 && start + (long)(sent * every) is var due && due <= now)
            {
                var line = free.Pop();
                (line.Due, line.Sent) = (due, now);
                line.Send(request);
                busy[line.Socket] = line;
                sent++;
            }
            if (busy.Count == 0) continue;
            ready.Clear();
            ready.AddRange(busy.Keys);
            var next = free.Count > 0 && now < end ? start + (long)(sent * every) - now : Stopwatch.Frequency / 1000;
            Socket.Select(ready, null, null, (int)Math.Clamp(next * 1_000_000 / Stopwatch.Frequency, 0, 1_000));
            now = Stopwatch.GetTimestamp();
            foreach (var socket in ready)
            {
                var line = busy[socket];
                if (line.Receive() is not { } status) continue;
                busy.Remove(socket);
                free.Push(line);
                if (status == 200)
                {
                    good.Add((now - line.Due) * 1000.0 / Stopwatch.Frequency);
                    admitted.Add((now - line.Sent) * 1000.0 / Stopwatch.Frequency);
                }
                else if (status is 429 or 503 or 504) refused++;
                else failed++;
            }
        }
        failed += busy.Count;
        var seconds = Stopwatch.GetElapsedTime(start, Math.Min(Stopwatch.GetTimestamp(), end)).TotalSeconds;
        foreach (var line in lines) line.Dispose();
        good.Sort();
        admitted.Sort();
        return new OpenLoopResult(sent / seconds, good.Count / seconds, refused / seconds, failed, At(good, 0.5), At(good, 0.99), At(admitted, 0.99));
    }

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[(int)((sorted.Count - 1) * share)];

    private sealed class Line : IDisposable
    {
        private readonly byte[] buffer = new byte[64 * 1024];
        private int have;

        public Line(Uri server)
        {
            Socket.Connect(IPAddress.Parse(server.Host), server.Port);
        }

        public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public long Due { get; set; }

        public long Sent { get; set; }

        public void Send(ReadOnlySpan<byte> request)
        {
            have = 0;
            while (request.Length > 0) request = request[Socket.Send(request)..];
        }

        /// <summary>The status once the answer is whole; null before.</summary>
        public int? Receive()
        {
            var got = Socket.Receive(buffer.AsSpan(have));
            if (got == 0) throw new IOException("The server closed the connection.");
            have += got;
            var answer = buffer.AsSpan(0, have);
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0) return null;
            var at = answer.IndexOf("Content-Length: "u8);
            if (at < 0 || at > head) throw new IOException("The answer has no length.");
            var value = answer[(at + 16)..];
            var length = int.Parse(value[..value.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
            return have >= head + 4 + length ? int.Parse(answer[9..12], CultureInfo.InvariantCulture) : null;
        }

        public void Dispose() => Socket.Dispose();
    }
}

/// <summary>What an open loop came to.</summary>
/// <param name="Offered">Requests sent a second.</param>
/// <param name="Good">Answered 200 a second.</param>
/// <param name="Refused">Answered 429, 503 or 504 a second.</param>
/// <param name="Failed">Anything else, and what was never answered.</param>
/// <param name="MedianMs">Of the good, from when they should have left.</param>
/// <param name="P99Ms">Of the good, from when they should have left.</param>
/// <param name="AdmittedP99Ms">Of the good, from when they left.</param>
internal readonly record struct OpenLoopResult(double Offered, double Good, double Refused, int Failed, double MedianMs, double P99Ms, double AdmittedP99Ms)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Good:N0}/s of {Offered:N0}/s, p50 {MedianMs:N2} ms, p99 {P99Ms:N2} ms");
}
