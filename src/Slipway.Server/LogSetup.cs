using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Slipway.Server;

/// <summary>Log lines go to standard error, so that standard output stays the command's own.</summary>
internal static class LogSetup
{
    public static void Add(ILoggingBuilder logging, LogOptions options)
    {
        logging.SetMinimumLevel(options.Level);
        logging.AddFilter("Microsoft", level => level >= LogLevel.Warning && level >= options.Level);
        // A failed start is told once, by whoever started it; and the host's own line per request would cost more than most requests.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (options.Format == "json")
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        else
            logging.AddSimpleConsole(text => (text.SingleLine, text.UseUtcTimestamp, text.TimestampFormat, text.ColorBehavior) = (true, true, "HH:mm:ss ", LoggerColorBehavior.Disabled));
    }
}
