using System.Runtime.InteropServices;

namespace Slipway.Engines.Duck;

// Safe handles keep what they hold alive until the native call that uses it has returned, also when it is disposed meanwhile.

internal sealed class DatabaseHandle : SafeHandle
{
    public DatabaseHandle() : base(0, ownsHandle: true) { }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        DuckApi.duckdb_close(ref handle);
        return true;
    }
}

internal sealed class ConnectionHandle : SafeHandle
{
    public ConnectionHandle() : base(0, ownsHandle: true) { }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        DuckApi.duckdb_disconnect(ref handle);
        return true;
    }
}

internal sealed class StatementHandle : SafeHandle
{
    public StatementHandle() : base(0, ownsHandle: true) { }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        DuckApi.duckdb_destroy_prepare(ref handle);
        return true;
    }
}

internal sealed class AppenderHandle : SafeHandle
{
    public AppenderHandle() : base(0, ownsHandle: true) { }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        _ = DuckApi.duckdb_appender_destroy(ref handle);
        return true;
    }
}
