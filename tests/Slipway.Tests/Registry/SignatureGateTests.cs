using Slipway.Registry;

namespace Slipway.Tests.Registry;

/// <summary>Who calls the champion must be able to call the candidate.</summary>
public sealed class SignatureGateTests
{
    private static ModelVersionRow Version(long number) => new(number, 1, number, "m", "None", "s", "s", true, null, null, null, false);

    private static ModelColumnInfo[] Columns(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(column => column.TrimEnd('?').Split(':') is [var name, var type] ? new ModelColumnInfo(name, type, null, !column.EndsWith('?')) : throw new ArgumentException(text))];

    private static GateFinding Decide(string inputs, string outputs, string before, string answered)
    {
        var facts = new GateFacts { Version = Version(2), Slot = (StayKind.Alias, "champion") };
        facts.Packages[2] = (null, new ModelPackage { Inputs = Columns(inputs), Outputs = Columns(outputs) });
        facts.Packages[1] = (null, new ModelPackage { Inputs = Columns(before), Outputs = Columns(answered) });
        facts.Champions[default] = Version(1);
        return SignatureGate.Decide(new SignaturePolicyCheck(default(SlotRef)), facts);
    }

    [Theory]
    [InlineData("a:double b:string", "y:long", "a:double b:string", "y:long", null)]
    [InlineData("b:string a:double", "y:long", "a:double b:string", "y:long", null)] // by name, in any order
    [InlineData("a:double c:long?", "y:long z:long", "a:double", "y:long", null)] // may be left out; answers more
    [InlineData("a:double", "y:long", "a:double b:string?", "y:long", null)]
    [InlineData("a:double c:long", "y:long", "a:double", "y:long", "needs the input 'c'")]
    [InlineData("a:double", "y:long", "a:double b:string", "y:long", "does not take the input 'b'")]
    [InlineData("a:float", "y:long", "a:double", "y:long", "'a' is float, was double")]
    [InlineData("a:double", "y:long", "a:double?", "y:long", "may no longer be left out")]
    [InlineData("a:double", "z:long", "a:double", "y:long", "does not answer 'y'")]
    [InlineData("a:double", "y:string", "a:double", "y:long", "answers 'y' as string, was long")]
    public void Compatible_is_what_callers_do_not_notice(string inputs, string outputs, string before, string answered, string? wrong)
    {
        var found = Decide(inputs, outputs, before, answered);
        Assert.Equal(wrong is null ? "passed" : "failed", found.Status);
        if (wrong is not null) Assert.Contains(wrong, found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[-1, 3]", "[-1, 3]", "passed")]
    [InlineData("[-1, 3]", "[-1, -1]", "passed")]
    [InlineData("[-1, 3]", "[-1, 4]", "failed")]
    [InlineData("[-1, -1]", "[-1, 3]", "failed")]
    [InlineData("[-1, 3]", "[-1, 3, 1]", "failed")]
    public void Shape_takes_what_it_took(string before, string now, string status)
    {
        var facts = new GateFacts { Version = Version(2), Slot = (StayKind.Alias, "champion") };
        facts.Packages[1] = (null, new ModelPackage { Inputs = [new ModelColumnInfo(null, "float32", before, null)] });
        facts.Packages[2] = (null, new ModelPackage { Inputs = [new ModelColumnInfo(null, "float32", now, null)] });
        facts.Champions[default] = Version(1);
        Assert.Equal(status, SignatureGate.Decide(new SignaturePolicyCheck(default(SlotRef)), facts).Status);
    }

    [Fact]
    public void Signature_has_to_be_there()
    {
        var facts = new GateFacts { Version = Version(2), Slot = (StayKind.Alias, "champion") };
        Assert.Equal("failed", SignatureGate.Decide(new SignaturePolicyCheck(null), facts).Status);
        facts.Packages[2] = (null, new ModelPackage { Inputs = Columns("a:double") });
        Assert.Equal("passed", SignatureGate.Decide(new SignaturePolicyCheck(null), facts).Status);
        facts.Champions[default] = null;
        Assert.Equal("passed", SignatureGate.Decide(new SignaturePolicyCheck(default(SlotRef)), facts).Status);
        facts.Champions[default] = Version(1); // registered without a signature
        Assert.Equal("passed", SignatureGate.Decide(new SignaturePolicyCheck(default(SlotRef)), facts).Status);
    }
}
