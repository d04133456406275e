using Slipway.Engines.Onnx;
using Slipway.Prediction.Protocols;

namespace Slipway.Prediction;

/// <summary>What happens with a value that breaks a rule.</summary>
internal enum RuleAction
{
    /// <summary>The request is answered 400.</summary>
    Reject,
    /// <summary>The answer says so.</summary>
    Warn,
    /// <summary>The nearest bound takes its place, and the answer says so.</summary>
    Clip,
}

/// <summary>Bounds or categories of a column.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Min">The least value, or null.</param>
/// <param name="Max">The greatest value, or null.</param>
/// <param name="Categories">The texts it may have, or null. At most 10,000.</param>
/// <param name="Action">What happens otherwise.</param>
internal sealed record InputRule(string Column, double? Min, double? Max, IReadOnlyList<string>? Categories, RuleAction Action)
{
    /// <summary>The texts as they lie in tensors.</summary>
    internal HashSet<string>? Known { get; } = Categories is null ? null : new HashSet<string>(Categories, StringComparer.Ordinal);
}

/// <summary>What an endpoint wants of its input beyond the signature. NaN, which is a missing value, breaks no bound.</summary>
/// <param name="Rules">The rules; those of columns that a version does not have count for nothing.</param>
internal sealed record InputRules(IReadOnlyList<InputRule> Rules)
{
    /// <summary>The most rules of an endpoint.</summary>
    public const int RulesMax = 1_000;

    private const int WarningCharsMax = 1_000;

    /// <summary>Looks at what was read; clips in place, notes warnings.</summary>
    public Problem? Check(Exchange exchange)
    {
        var plan = exchange.Model.Plan;
        for (var i = 0; i < Rules.Count; i++)
        {
            var rule = Rules[i];
            var column = Array.FindIndex(plan.Columns, slot => slot.Name == rule.Column);
            if (column < 0) continue;
            var slot = plan.Columns[column];
            var index = OipAnswer.Find(exchange.Call.Inputs, slot.Port);
            if (index >= 0 && Check(exchange, rule, slot, ref exchange.Call.Inputs[index]) is { } broken) return broken;
        }
        return null;
    }

    private static unsafe Problem? Check(Exchange exchange, InputRule rule, ColumnSlot slot, ref Tensor tensor)
    {
        var width = tensor.Count / Math.Max(1, tensor.Rows);
        var found = 0L;
        for (var row = 0L; row < tensor.Rows; row++)
            for (var cell = slot.Offset; cell < (slot.Width < 0 ? width : slot.Offset + slot.Width); cell++)
            {
                var index = row * width + cell;
                if (tensor.Element is OnnxElement.String)
                {
                    if (rule.Known is null) continue;
                    var text = System.Text.Encoding.UTF8.GetString(tensor.Text((int)index));
                    if (rule.Known.Contains(text)) continue;
                    if (rule.Action is RuleAction.Reject)
                        return Misfit.Of(exchange.Detail, $"row {row}, {rule.Column}", "one of its categories", $"\"{text}\"", Misfit.Nearest(text, [.. rule.Known]) is { } near ? $"Did you mean \"{near}\"?" : "");
                    found++;
                    continue;
                }
                var value = OipAnswer.Value(ref tensor, index);
                if (!(value < rule.Min) && !(value > rule.Max)) continue;
                if (rule.Action is RuleAction.Reject) return Misfit.Of(exchange.Detail, $"row {row}, {rule.Column}", Bounds(rule), $"{value}");
                found++;
                if (rule.Action is RuleAction.Clip) Block.Write(tensor.Data + index * tensor.Element.Bytes(), tensor.Element, value < rule.Min ? rule.Min!.Value : rule.Max!.Value);
            }
        if (found > 0) Warn(exchange, $"{rule.Column}: {found} {(rule.Action is RuleAction.Clip ? "clipped to" : "outside of")} {(rule.Known is not null ? "its categories" : Bounds(rule))}");
        return null;
    }

    private static string Bounds(InputRule rule) => rule.Min is { } min && rule.Max is { } max ? $"{min} to {max}" : rule.Min is { } least ? $"{least} or more" : $"{rule.Max} or less";

    // Into a header: nothing but printable ASCII.
    private static void Warn(Exchange exchange, string warning)
    {
        var clean = string.Create(warning.Length, warning, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++) to[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        });
        var all = exchange.Warnings is { } before ? before + "; " + clean : clean;
        exchange.Warnings = all.Length <= WarningCharsMax ? all : all[..WarningCharsMax];
    }
}
