using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.Models;

/// <summary>Models in a host's services.</summary>
public static partial class SlipwayModelServices
{
    /// <summary>Adds a model of the registry: a <see cref="SlipwayModel{TIn,TOut}"/> for the whole program, which the host disposes.</summary>
    /// <typeparam name="TIn">A row of input.</typeparam>
    /// <typeparam name="TOut">A row of output.</typeparam>
    /// <param name="services">The host's.</param>
    /// <param name="model">`models:/NAME@ALIAS`, `models:/NAME/NUMBER` or `models:/NAME/STAGE`.</param>
    /// <param name="configure">Changes the options.</param>
    public static IServiceCollection AddSlipwayModel<TIn, TOut>(this IServiceCollection services, string model, Action<SlipwayModelOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ModelReference.Parse(model);
        return services.AddSingleton(provider =>
        {
            var options = new SlipwayModelOptions();
            if (provider.GetService<ILoggerFactory>() is { } logs)
            {
                var log = logs.CreateLogger("Slipway.Models");
                options.Warn = text => Told(log, text);
            }
            configure?.Invoke(options);
            return new SlipwayModel<TIn, TOut>(model, options);
        });
    }

    [LoggerMessage(LogLevel.Warning, "{Text}")]
    private static partial void Told(ILogger log, string text);
}
