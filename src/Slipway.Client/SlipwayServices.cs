using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.Client;

/// <summary>Slipway in a host's services.</summary>
public static partial class SlipwayServices
{
    /// <summary>Adds one <see cref="SlipwayClient"/> for the whole program; everything comes from the environment, and what a person should know goes to the host's log.</summary>
    /// <param name="services">The host's.</param>
    public static IServiceCollection AddSlipway(this IServiceCollection services) => services.AddSlipway(static provider => new SlipwayClientOptions
    {
        Warn = provider.GetService<ILoggerFactory>() is { } logs && logs.CreateLogger<SlipwayClient>() is var log ? text => Told(log, text) : Console.Error.WriteLine,
    });

    /// <summary>Adds one <see cref="SlipwayClient"/> for the whole program. The host disposes it.</summary>
    /// <param name="services">The host's.</param>
    /// <param name="options">Where the server is; asked once, when the client is first needed.</param>
    public static IServiceCollection AddSlipway(this IServiceCollection services, Func<IServiceProvider, SlipwayClientOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return services.AddSingleton(provider => new SlipwayClient(options(provider)));
    }

    /// <summary>Keeps what the program logs with a run, as the artifact <see cref="RunLoggerProvider.ArtifactName"/>.</summary>
    /// <param name="logging">The host's.</param>
    /// <param name="run">The run; it takes the lines until it ends.</param>
    public static ILoggingBuilder AddRun(this ILoggingBuilder logging, ActiveRun run)
    {
        ArgumentNullException.ThrowIfNull(logging);
        logging.Services.AddSingleton<ILoggerProvider>(_ => new RunLoggerProvider(run));
        return logging;
    }

    [LoggerMessage(LogLevel.Warning, "{Text}")]
    private static partial void Told(ILogger log, string text);
}
