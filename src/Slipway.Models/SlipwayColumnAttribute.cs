namespace Slipway.Models;

/// <summary>Which column or output of a model a property is; without it the property's own name counts, whatever its case.</summary>
/// <param name="name">The name in the model's signature.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SlipwayColumnAttribute(string name) : Attribute
{
    /// <summary>The name in the model's signature.</summary>
    public string Name => name;
}
