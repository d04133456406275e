namespace Slipway.Faults.Durability;

/// <summary>What a crash leaves of the calls that no sync has covered.</summary>
internal enum Unsynced
{
    /// <summary>None of it: nothing left the memory.</summary>
    Dropped,
    /// <summary>All of it: everything had just been written back.</summary>
    Kept,
    /// <summary>Any of it: each write, truncation and name by itself, writes torn at sectors of 512 bytes.</summary>
    Scattered,
    /// <summary>Names as a journalling file system keeps them, in order up to some point; contents scattered.</summary>
    Journalled,
}

/// <summary>
/// A disk under a recorded process: what is durable for certain, and what hangs in memory. Contents are durable by a sync of the file, names
/// (created, renamed, removed) only by a sync of their folder, as POSIX says and not as one file system happens to do.
/// </summary>
internal sealed class Disk
{
    private const int Sector = 512;
    private readonly Dictionary<ulong, Node> nodes = [];
    private Node? root;
    private string rootPath = "";

    /// <summary>Calls that the model does not understand: any of them makes a proof worthless.</summary>
    public List<string> Unmodelled { get; } = [];

    /// <summary>Syncs that the shim was told to swallow.</summary>
    public int SkippedSyncs { get; private set; }

    /// <summary>Follows one call.</summary>
    public void Apply(DiskEvent call)
    {
        switch (call.Call)
        {
            case DiskCall.Write: Known(call.Inode).Pending.Add(new Change(call.At, call.Data, IsSize: false)); break;
            case DiskCall.Truncate: Known(call.Inode).Pending.Add(new Change(call.At, default, IsSize: true)); break;
            case DiskCall.Sync: Known(call.Inode).Sync(); break;
            case DiskCall.Skipped: SkippedSyncs++; break;
            case DiskCall.MakeFolder when root is null:
                (root, rootPath) = (nodes[call.Inode] = new Node { IsFolder = true }, call.First);
                break;
            case DiskCall.MakeFolder: Name(call.First, nodes[call.Inode] = new Node { IsFolder = true }); break;
            case DiskCall.Create: Name(call.First, nodes[call.Inode] = new Node()); break;
            case DiskCall.Unlink: Name(call.First, null); break;
            case DiskCall.Link: Name(call.Second, Find(call.First)); break;
            case DiskCall.Rename: Rename(call.First, call.Second); break;
            case DiskCall.Unmodelled: Unmodelled.Add(call.First); break;
        }
    }

    /// <summary>Writes a disk that a crash at this moment could leave; answers how many unsynced calls there were to decide about.</summary>
    public int Crash(string target, Unsynced unsynced, Random random)
    {
        Directory.CreateDirectory(target);
        return root is null ? 0 : Leave(root, target, unsynced, random);
    }

    private static int Leave(Node folder, string target, Unsynced unsynced, Random random)
    {
        var decided = folder.PendingNames.Count;
        var names = new Dictionary<string, Node>(folder.Names);
        var upTo = random.Next(folder.PendingNames.Count + 1);
        for (var i = 0; i < folder.PendingNames.Count; i++)
        {
            var kept = unsynced switch { Unsynced.Dropped => false, Unsynced.Kept => true, Unsynced.Journalled => i < upTo, _ => random.Next(2) == 0 };
            if (kept) folder.PendingNames[i].Do(names);
        }
        foreach (var (name, node) in names)
        {
            var path = Path.Combine(target, name);
            if (node.IsFolder)
            {
                Directory.CreateDirectory(path);
                decided += Leave(node, path, unsynced, random);
                continue;
            }
            decided += node.Pending.Count;
            File.WriteAllBytes(path, node.Content(unsynced, random).Span);
        }
        return decided;
    }

    private void Name(string path, Node? node)
    {
        var (folder, name) = Place(path);
        folder.PendingNames.Add(new NameChange([(name, node)]));
        NameChange.Set(folder.NamesNow, name, node);
    }

    // One change when both names are in one folder: a rename is atomic there.
    private void Rename(string from, string to)
    {
        var node = Find(from);
        var (source, oldName) = Place(from);
        var (target, newName) = Place(to);
        if (source == target) source.PendingNames.Add(new NameChange([(oldName, null), (newName, node)]));
        else
        {
            source.PendingNames.Add(new NameChange([(oldName, null)]));
            target.PendingNames.Add(new NameChange([(newName, node)]));
        }
        NameChange.Set(source.NamesNow, oldName, null);
        NameChange.Set(target.NamesNow, newName, node);
    }

    private Node Find(string path)
    {
        var (folder, name) = Place(path);
        return folder.NamesNow[name];
    }

    private (Node Folder, string Name) Place(string path)
    {
        var parts = Path.GetRelativePath(rootPath, path).Split('/');
        var folder = root!;
        foreach (var part in parts[..^1]) folder = folder.NamesNow[part];
        return (folder, parts[^1]);
    }

    private Node Known(ulong inode) => nodes.TryGetValue(inode, out var node) ? node : throw new InvalidOperationException($"The recording writes to inode {inode} that it never saw created.");

    private sealed record Change(long At, ReadOnlyMemory<byte> Data, bool IsSize);

    private sealed record NameChange((string Name, Node? Node)[] Parts)
    {
        public void Do(Dictionary<string, Node> names)
        {
            foreach (var (name, node) in Parts) Set(names, name, node);
        }

        public static void Set(Dictionary<string, Node> names, string name, Node? node)
        {
            if (node is null) names.Remove(name);
            else names[name] = node;
        }
    }

    private sealed class Node
    {
        private byte[] bytes = [];
        private int size;

        public bool IsFolder { get; init; }

        public List<Change> Pending { get; } = [];

        /// <summary>The names that are durable.</summary>
        public Dictionary<string, Node> Names { get; } = [];

        /// <summary>The names as the process sees them.</summary>
        public Dictionary<string, Node> NamesNow { get; } = [];

        public List<NameChange> PendingNames { get; } = [];

        public void Sync()
        {
            foreach (var change in Pending) Do(ref bytes, ref size, change, whole: true, null);
            Pending.Clear();
            foreach (var change in PendingNames) change.Do(Names);
            PendingNames.Clear();
        }

        public ReadOnlyMemory<byte> Content(Unsynced unsynced, Random random)
        {
            if (Pending.Count == 0 || unsynced is Unsynced.Dropped) return bytes.AsMemory(0, size);
            var (copy, copySize) = (bytes.AsSpan(0, size).ToArray(), size);
            // Sometimes nearly all is kept and sometimes nearly none: the middle alone would never lose just one write.
            var keep = random.Next(4) switch { 0 => 0.1, 1 => 0.5, 2 => 0.9, _ => 0.98 };
            foreach (var change in Pending)
            {
                if (unsynced is Unsynced.Kept) Do(ref copy, ref copySize, change, whole: true, null);
                else if (random.NextDouble() < keep) Do(ref copy, ref copySize, change, whole: random.Next(4) > 0, random);
            }
            return copy.AsMemory(0, copySize);
        }

        private static void Do(ref byte[] bytes, ref int size, Change change, bool whole, Random? random)
        {
            var end = checked((int)(change.At + change.Data.Length));
            if (bytes.Length < end) Array.Resize(ref bytes, Math.Max(end, Math.Min(bytes.Length * 2, bytes.Length + (8 << 20))));
            if (change.IsSize)
            {
                if (end < size) bytes.AsSpan(end, size - end).Clear();
                size = end;
                return;
            }
            for (var at = (int)change.At; at < end;)
            {
                var next = Math.Min(end, (at / Sector + 1) * Sector);
                if (whole || random!.Next(2) == 0) change.Data.Span.Slice(at - (int)change.At, next - at).CopyTo(bytes.AsSpan(at));
                at = next;
            }
            size = Math.Max(size, end);
        }
    }
}
