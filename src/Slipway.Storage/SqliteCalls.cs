using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace Slipway.Storage;

/// <summary>
/// The calls made for every row and argument, bound straight to the library: through the wrapper each costs more in handles than in SQLite.
/// The short ones (all but step) skip the runtime's switch to native code. A statement must outlive its calls: <see cref="SqliteConnection"/> keeps it.
/// </summary>
internal static unsafe class SqliteCalls
{
    /// <summary>SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.</summary>
    private const nint Copy = -1;

    private const int StackBytes = 1_024;

    private static readonly nint Library = SqliteLibrary.Handle;
    private static readonly delegate* unmanaged[Cdecl]<nint, int> StepCall = (delegate* unmanaged[Cdecl]<nint, int>)Export("sqlite3_step");
    private static readonly delegate* unmanaged[Cdecl]<nint, int> ResetCall = (delegate* unmanaged[Cdecl]<nint, int>)Export("sqlite3_reset");
    private static readonly delegate* unmanaged[Cdecl]<nint, int, byte*, int, nint, int> BindTextCall = (delegate* unmanaged[Cdecl]<nint, int, byte*, int, nint, int>)Export("sqlite3_bind_text");
    private static readonly delegate* unmanaged[Cdecl]<nint, int, byte*, int, nint, int> BindBlobCall = (delegate* unmanaged[Cdecl]<nint, int, byte*, int, nint, int>)Export("sqlite3_bind_blob");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, int> BindNullCall = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, int>)Export("sqlite3_bind_null");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, int, int> BindZerosCall = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, int, int>)Export("sqlite3_bind_zeroblob");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, long, int> BindLongCall = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, long, int>)Export("sqlite3_bind_int64");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, double, int> BindDoubleCall = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, double, int>)Export("sqlite3_bind_double");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, long> LongCall = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, long>)Export("sqlite3_column_int64");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, double> DoubleCall = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, double>)Export("sqlite3_column_double");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, int> TypeCall = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, int>)Export("sqlite3_column_type");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, int> BytesCall = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int, int>)Export("sqlite3_column_bytes");
    private static readonly delegate* unmanaged[Cdecl]<nint, int, byte*> BlobCall = (delegate* unmanaged[Cdecl]<nint, int, byte*>)Export("sqlite3_column_blob");

    public static int Step(sqlite3_stmt statement) => StepCall(statement.DangerousGetHandle());

    public static void Reset(sqlite3_stmt statement) => _ = ResetCall(statement.DangerousGetHandle());

    public static int Type(sqlite3_stmt statement, int column) => TypeCall(statement.DangerousGetHandle(), column);

    public static long Long(sqlite3_stmt statement, int column) => LongCall(statement.DangerousGetHandle(), column);

    public static double Double(sqlite3_stmt statement, int column) => DoubleCall(statement.DangerousGetHandle(), column);

    /// <summary>Text as UTF-8 or a blob, in SQLite's memory until the next step.</summary>
    public static ReadOnlySpan<byte> Bytes(sqlite3_stmt statement, int column)
    {
        var handle = statement.DangerousGetHandle();
        // The length after the bytes: asking for them may convert the value.
        var bytes = BlobCall(handle, column);
        return new(bytes, BytesCall(handle, column));
    }

    public static int BindNull(sqlite3_stmt statement, int place) => BindNullCall(statement.DangerousGetHandle(), place);

    public static int Bind(sqlite3_stmt statement, int place, long value) => BindLongCall(statement.DangerousGetHandle(), place, value);

    public static int Bind(sqlite3_stmt statement, int place, double value) => BindDoubleCall(statement.DangerousGetHandle(), place, value);

    public static int Bind(sqlite3_stmt statement, int place, ReadOnlySpan<byte> blob)
    {
        // An empty span has a null pointer, which SQLite would take for NULL.
        if (blob.IsEmpty) return BindZerosCall(statement.DangerousGetHandle(), place, 0);
        fixed (byte* bytes = blob) return BindBlobCall(statement.DangerousGetHandle(), place, bytes, blob.Length, Copy);
    }

    public static int Bind(sqlite3_stmt statement, int place, string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> utf8 = rented is null ? stackalloc byte[StackBytes] : rented;
        var length = Encoding.UTF8.GetBytes(text, utf8);
        int code;
        fixed (byte* bytes = utf8) code = BindTextCall(statement.DangerousGetHandle(), place, bytes, length, Copy);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return code;
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Library, name);
}
