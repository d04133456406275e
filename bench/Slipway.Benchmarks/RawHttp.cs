using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Benchmarks;

/// <summary>One keep-alive connection that writes ready-made bytes and reads only what it must: the generator shares the cores with the server.</summary>
internal sealed class RawHttp : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly string host;
    private byte[] buffer = new byte[256 * 1024];
    private int have;

    public RawHttp(Uri server)
    {
        host = $"{server.Host}:{server.Port}";
        socket.Connect(server.Host, server.Port);
    }

    /// <summary>Sent with every request when set.</summary>
    public string? Authorization { get; set; }

    /// <summary>The body of the last answer, valid until the next request.</summary>
    public ReadOnlySpan<byte> Body => buffer.AsSpan(bodyAt, bodyLength);

    private int bodyAt, bodyLength;

    /// <summary>Head and body of a request, once made and sent often.</summary>
    public byte[] Request(string method, string path, ReadOnlySpan<byte> body, string type = "application/json")
    {
        var head = Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n{Credentials}\r\n");
        return [.. head, .. body];
    }

    public int Post(string path, string json) => Send(Request("POST", path, Encoding.UTF8.GetBytes(json)));

    public int Get(string path) => Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\n{Credentials}\r\n"));

    /// <summary>Sends head and body one after the other, without a copy of the body.</summary>
    public int Send(string method, string path, ReadOnlySpan<byte> body, string type)
    {
        var head = Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n{Credentials}\r\n");
        for (var left = (ReadOnlySpan<byte>)head; left.Length > 0;) left = left[socket.Send(left)..];
        return Send(body);
    }

    /// <summary>Sends and reads the whole answer; returns its status.</summary>
    public int Send(ReadOnlySpan<byte> request)
    {
        while (request.Length > 0) request = request[socket.Send(request)..];
        have = 0;
        int headEnd;
        while ((headEnd = buffer.AsSpan(0, have).IndexOf("\r\n\r\n"u8)) < 0) More();
        var head = buffer.AsSpan(0, headEnd);
        if (!Utf8Parser.TryParse(head[9..12], out int status, out _)) throw new IOException("No HTTP answer.");
        bodyAt = headEnd + 4;
        if (Header(head, "content-length: "u8) is { } length)
        {
            while (have < bodyAt + length) More();
            bodyLength = (int)length;
        }
        else ReadChunks();
        return status;
    }

    public void Dispose() => socket.Dispose();

    private string Credentials => Authorization is null ? "" : $"Authorization: {Authorization}\r\n";

    private static long? Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        for (var at = head.IndexOf("\r\n"u8); at >= 0;)
        {
            var line = head[(at + 2)..];
            if (line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name) && Utf8Parser.TryParse(line[name.Length..], out long value, out _)) return value;
            var next = line.IndexOf("\r\n"u8);
            if (next < 0) break;
            at += next + 2;
        }
        return null;
    }

    private void ReadChunks()
    {
        // Chunks are moved together in place.
        var (read, write) = (bodyAt, bodyAt);
        while (true)
        {
            int end;
            while ((end = buffer.AsSpan(read, have - read).IndexOf("\r\n"u8)) < 0) More();
            if (!Utf8Parser.TryParse(buffer.AsSpan(read, end), out int size, out _, 'x')) throw new IOException("No chunk size.");
            read += end + 2;
            while (have < read + size + 2) More();
            buffer.AsSpan(read, size).CopyTo(buffer.AsSpan(write));
            write += size;
            read += size + 2;
            if (size == 0) break;
        }
        bodyLength = write - bodyAt;
    }

    private void More()
    {
        if (have == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        var got = socket.Receive(buffer.AsSpan(have));
        if (got == 0) throw new IOException("The server closed the connection.");
        have += got;
    }
}
