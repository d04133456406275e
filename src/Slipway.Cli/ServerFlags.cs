using System.CommandLine;
using Slipway.Server;

namespace Slipway.Cli;

/// <summary>The server's options as flags, for every command that opens an installation.</summary>
internal static class ServerFlags
{
    public static Option<string?> Config() => new("--config")
    {
        Description = $"A configuration file. Default: {OptionSources.FileName} in the data folder, if it is there.",
        HelpName = "FILE",
    };

    /// <summary>Those that say where the data is.</summary>
    public static IEnumerable<OptionKey> OfStores => OptionKeys.All.Where(key => key.Key is "data" or "database" or "artifacts" || key.Key.StartsWith("s3.", StringComparison.Ordinal));

    /// <summary>Adds a flag for each key that has one.</summary>
    public static Dictionary<OptionKey, Option<string[]>> AddTo(Command command, IEnumerable<OptionKey> keys)
    {
        var flags = new Dictionary<OptionKey, Option<string[]>>();
        foreach (var key in keys.Where(key => key.Flag is not null))
        {
            var flag = new Option<string[]>(key.Flag!)
            {
                Description = $"{key.Summary} Default: {key.Default}.",
                HelpName = HelpName(key),
                DefaultValueFactory = _ => [],
                // A switch may stand alone; everything else wants its value.
                Arity = IsSwitch(key) ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore,
                AllowMultipleArgumentsPerToken = false,
            };
            if (!key.Many)
                flag.Validators.Add(result =>
                {
                    if (result.Tokens.Count > 1) result.AddError($"{key.Flag} is given {result.Tokens.Count} times; it takes one value.");
                });
            flags.Add(key, flag);
            command.Options.Add(flag);
        }
        return flags;
    }

    /// <summary>The options, or a failure that lists everything that is wrong with them.</summary>
    public static ServerOptions Read(ParseResult parsed, Dictionary<OptionKey, Option<string[]>> flags, string? config)
    {
        var given = flags.Where(flag => parsed.GetResult(flag.Value) is { Implicit: false })
            .ToDictionary(flag => flag.Key.Key, flag => parsed.GetValue(flag.Value) is { Length: > 0 } values ? string.Join(',', values) : "true");
        var read = OptionSources.Read(given, config, Environment.GetEnvironmentVariables());
        return read.Problem is { } problem
            ? throw new CommandFailure(ExitCode.Usage, problem.Message, "Every option: slipway server --help, and docs/configuration.md.")
            : read.Value;
    }

    private static bool IsSwitch(OptionKey key) => key.Expected is "true or false";

    private static string HelpName(OptionKey key) => key.Key switch
    {
        "urls" or "grpcUrls" => "URL",
        "data" => "DIR",
        "database" => "sqlite:PATH|postgres:CONNECTION",
        "artifacts" => "DIR|s3://BUCKET/PREFIX",
        "log.format" => "text|json",
        _ when IsSwitch(key) => "true|false",
        _ when key.Expected.StartsWith("a URL", StringComparison.Ordinal) => "URL",
        _ when char.IsAsciiDigit(key.Expected[0]) => "N",
        _ => key.Key.Split('.')[^1].ToUpperInvariant(),
    };
}
