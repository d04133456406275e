using System.Runtime.InteropServices;

namespace Slipway.Engines.Duck;

/// <summary>The part of DuckDB's C API that is used here, name for name. Strings are UTF-8; a state of 0 is success.</summary>
internal static unsafe partial class DuckApi
{
    private const string Library = "duckdb";

    static DuckApi() => EngineLibrary.Resolve(typeof(DuckApi).Assembly, Library, EngineLibrary.DuckDb);

    /// <summary>A query's result. Only DuckDB reads the fields; the struct is passed by value to some functions.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Result
    {
        public ulong DeprecatedColumnCount, DeprecatedRowCount, DeprecatedRowsChanged;
        public nint DeprecatedColumns, DeprecatedError, Data;
    }

    /// <summary>A VARCHAR in a vector: up to 12 bytes lie in the struct itself, longer ones behind the pointer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    internal struct Text
    {
        public const int InlineMax = 12;
        [FieldOffset(0)] public uint Length;
        [FieldOffset(4)] public byte Inline;
        [FieldOffset(8)] public byte* Pointer;
    }

    [LibraryImport(Library)] internal static partial byte* duckdb_library_version();
    [LibraryImport(Library)] internal static partial void duckdb_free(void* pointer);

    [LibraryImport(Library)] internal static partial int duckdb_create_config(out nint config);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int duckdb_set_config(nint config, string name, string value);
    [LibraryImport(Library)] internal static partial void duckdb_destroy_config(ref nint config);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int duckdb_open_ext(string? path, out DatabaseHandle database, nint config, out byte* error);
    [LibraryImport(Library)] internal static partial void duckdb_close(ref nint database);
    [LibraryImport(Library)] internal static partial int duckdb_connect(DatabaseHandle database, out ConnectionHandle connection);
    [LibraryImport(Library)] internal static partial void duckdb_disconnect(ref nint connection);
    [LibraryImport(Library)] internal static partial void duckdb_interrupt(ConnectionHandle connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int duckdb_query(ConnectionHandle connection, string sql, out Result result);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int duckdb_prepare(ConnectionHandle connection, string sql, out StatementHandle statement);
    [LibraryImport(Library)] internal static partial byte* duckdb_prepare_error(StatementHandle statement);
    [LibraryImport(Library)] internal static partial void duckdb_destroy_prepare(ref nint statement);
    [LibraryImport(Library)] internal static partial ulong duckdb_nparams(StatementHandle statement);
    [LibraryImport(Library)] internal static partial int duckdb_bind_null(StatementHandle statement, ulong index);
    [LibraryImport(Library)] internal static partial int duckdb_bind_boolean(StatementHandle statement, ulong index, [MarshalAs(UnmanagedType.U1)] bool value);
    [LibraryImport(Library)] internal static partial int duckdb_bind_int32(StatementHandle statement, ulong index, int value);
    [LibraryImport(Library)] internal static partial int duckdb_bind_int64(StatementHandle statement, ulong index, long value);
    [LibraryImport(Library)] internal static partial int duckdb_bind_float(StatementHandle statement, ulong index, float value);
    [LibraryImport(Library)] internal static partial int duckdb_bind_double(StatementHandle statement, ulong index, double value);
    [LibraryImport(Library)] internal static partial int duckdb_bind_timestamp(StatementHandle statement, ulong index, long microseconds);
    [LibraryImport(Library)] internal static partial int duckdb_bind_date(StatementHandle statement, ulong index, int days);
    [LibraryImport(Library)] internal static partial int duckdb_bind_varchar_length(StatementHandle statement, ulong index, byte* text, ulong length);
    [LibraryImport(Library)] internal static partial int duckdb_bind_blob(StatementHandle statement, ulong index, byte* data, ulong length);

    [LibraryImport(Library)] internal static partial int duckdb_pending_prepared_streaming(StatementHandle statement, out nint pending);
    [LibraryImport(Library)] internal static partial int duckdb_execute_pending(nint pending, out Result result);
    [LibraryImport(Library)] internal static partial byte* duckdb_pending_error(nint pending);
    [LibraryImport(Library)] internal static partial void duckdb_destroy_pending(ref nint pending);

    [LibraryImport(Library)] internal static partial byte* duckdb_result_error(ref Result result);
    [LibraryImport(Library)] internal static partial ulong duckdb_rows_changed(ref Result result);
    [LibraryImport(Library)] internal static partial ulong duckdb_column_count(ref Result result);
    [LibraryImport(Library)] internal static partial byte* duckdb_column_name(ref Result result, ulong column);
    [LibraryImport(Library)] internal static partial DuckType duckdb_column_type(ref Result result, ulong column);
    [LibraryImport(Library)] internal static partial nint duckdb_fetch_chunk(Result result);
    [LibraryImport(Library)] internal static partial void duckdb_destroy_result(ref Result result);

    [LibraryImport(Library)] internal static partial ulong duckdb_data_chunk_get_size(nint chunk);
    [LibraryImport(Library)] internal static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong column);
    [LibraryImport(Library)] internal static partial void* duckdb_vector_get_data(nint vector);
    [LibraryImport(Library)] internal static partial ulong* duckdb_vector_get_validity(nint vector);
    [LibraryImport(Library)] internal static partial void duckdb_destroy_data_chunk(ref nint chunk);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int duckdb_appender_create(ConnectionHandle connection, string? schema, string table, out AppenderHandle appender);
    [LibraryImport(Library)] internal static partial byte* duckdb_appender_error(AppenderHandle appender);
    [LibraryImport(Library)] internal static partial int duckdb_append_null(AppenderHandle appender);
    [LibraryImport(Library)] internal static partial int duckdb_append_bool(AppenderHandle appender, [MarshalAs(UnmanagedType.U1)] bool value);
    [LibraryImport(Library)] internal static partial int duckdb_append_int64(AppenderHandle appender, long value);
    [LibraryImport(Library)] internal static partial int duckdb_append_uint64(AppenderHandle appender, ulong value);
    [LibraryImport(Library)] internal static partial int duckdb_append_float(AppenderHandle appender, float value);
    [LibraryImport(Library)] internal static partial int duckdb_append_double(AppenderHandle appender, double value);
    [LibraryImport(Library)] internal static partial int duckdb_append_varchar_length(AppenderHandle appender, byte* text, ulong length);
    [LibraryImport(Library)] internal static partial int duckdb_appender_end_row(AppenderHandle appender);
    [LibraryImport(Library)] internal static partial int duckdb_appender_close(AppenderHandle appender);
    [LibraryImport(Library)] internal static partial int duckdb_appender_destroy(ref nint appender);

    internal static string Utf8(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
