namespace Slipway.Client.Logs;

/// <summary>Where the log goes on when a segment is full. The next one is made ready by another thread, usually long before.</summary>
internal sealed unsafe partial class LogWriter
{
    /// <summary>After a refusal of the disk so long nobody asks it again: asking takes time, and callers wait.</summary>
    private static readonly TimeSpan DiskPause = TimeSpan.FromSeconds(5);

    void IThreadPoolWorkItem.Execute()
    {
        int next;
        lock (gate) next = closed || prepared is not null || !DiskMayTake() ? 0 : number + 1;
        var made = next > 0 ? Create(next) : null;
        lock (gate)
        {
            preparing = false;
            if (made is not null && !closed && prepared is null) (prepared, made) = (made, null);
        }
        if (made is not null) Remove(made);
        if (prepared is not null) SaveMemory(); // The disk is back.
        Retire();
        prepares.Set();
    }

    private void Marked()
    {
        var tail = current.Tail;
        mark = tail + WakeBytes;
        wake();
        if (tail < current.Bytes / 2 || preparing || prepared is not null) return;
        Prepare();
    }

    private void Prepare()
    {
        preparing = true;
        prepares.Reset();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Goes on in the next segment: one that is ready, else one made here, else memory; false when there is none of them.</summary>
    private bool Roll(int frameBytes)
    {
        if (frameBytes + LogFormat.HeaderBytes + LogFormat.SealBytesMax > LogFolder.SegmentBytesMin) return false;
        // First: a segment that ends without its seal while another one follows would look damaged to whoever reads what a crash left.
        Seal();
        var ready = prepared;
        prepared = null;
        var next = Begun(ready ?? (DiskMayTake() ? Create(number + 1) : null));
        if (next is null && inMemory + MemorySegment <= memoryMax) next = Begun(LogSegment.InMemory(MemorySegment));
        if (next is null) return false;
        Start(next);
        if (!preparing && retired.Count > 0) Prepare();
        return true;
    }

    private bool DiskMayTake() => folder is not null && Environment.TickCount64 >= Volatile.Read(ref diskAgainAt);

    /// <summary>A file for the segment of this number, under a name of its own until it begins; null when the disk does not take it.</summary>
    private LogSegment? Create(int at)
    {
        if (folder is null) return null;
        // What is left of a disk that is nearly full is taken in small pieces.
        foreach (var bytes in (ReadOnlySpan<long>)[Math.Min(LogFolder.SegmentBytesMax, (long)LogFolder.SegmentBytesMin << (2 * Math.Min(at - 1, 10))), LogFolder.SegmentBytesMin])
            try
            {
                return LogSegment.OnDisk(folder.SparePath(Interlocked.Increment(ref spares)), (int)bytes, folder.IsMapped);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                if (bytes > LogFolder.SegmentBytesMin) continue;
                lock (gate) Refused(fault);
            }
        return null;
    }

    /// <summary>Sealed segments in memory get their files when the disk takes them after all.</summary>
    private void SaveMemory()
    {
        if (folder is null) return;
        List<LogSegment> unsaved;
        lock (gate) unsaved = segments.FindAll(one => one.IsInMemoryAlone && one.IsSealed);
        foreach (var segment in unsaved)
        {
            // Held while it is written: the sender may be done with it and let it go at this moment. The caller waits here only when a broken disk came back.
            lock (gate)
            {
                if (!segments.Contains(segment)) continue;
                try
                {
                    segment.Save(folder.SegmentPath(segment.Number));
                    inMemory -= segment.Bytes;
                    retired.Enqueue(segment);
                }
                catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
                {
                    Volatile.Write(ref diskAgainAt, Environment.TickCount64 + (long)DiskPause.TotalMilliseconds);
                    return;
                }
            }
        }
    }

    /// <summary>Unmaps what is sealed; the sender reads it from its file.</summary>
    private void Retire()
    {
        while (true)
        {
            LogSegment segment;
            lock (gate)
                if (!retired.TryDequeue(out segment!)) return;
            segment.LetGo();
        }
    }

    private static void Remove(LogSegment unused)
    {
        unused.LetGo();
        LogFolder.TryDelete(unused.Path!);
    }
}
