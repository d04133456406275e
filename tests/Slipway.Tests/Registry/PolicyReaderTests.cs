using Slipway.Registry;

namespace Slipway.Tests.Registry;

/// <summary>What is a policy and what is not, and where it is not.</summary>
public sealed class PolicyReaderTests
{
    private const string Good = """
        description: What customers may meet.
        rollback: gated
        auto: true
        expire_days: 3
        waivers: approver
        checks:
          - check: metric
            metric: accuracy
            dataset: holdout
            min: 0.9
          - {check: metric, metric: log_loss, dataset: holdout, against: slot, tolerance: 1e-2}
          - {check: metric, metric: cost, against: "@champion", better: lower, tolerance_percent: 5, claimed: accept, id: cost}
          - {check: signature, compatible_with: Production}
          - {check: tags, required: [owner, ticket]}
          - {check: tags, required: {team: red}}
          - {check: fields, required: [description, intended_use]}
          - {check: scan, allow: suspicious}
          - {check: signed, waivable: false}
          - {check: dataset, context: training}
          - {check: run, clean_commit: false}
          - {check: command, run: [python3, in/check.py], timeout_seconds: 5}
          - {check: approvals, count: 2, role: approver}
          - {check: policy, policy: base}
        """;

    [Fact]
    public void Whole_policy_is_read()
    {
        var (policy, errors, _) = PolicyReader.Read(Good);
        Assert.Empty(errors);
        Assert.Equal(("What customers may meet.", true, true, 3, "approver"), (policy!.Description, policy.RollbackGated, policy.Auto, policy.ExpireDays, policy.Waivers));
        Assert.Equal(["metric-1", "metric-2", "cost", "signature-1", "tags-1", "tags-2", "fields-1", "scan-1", "signed-1", "dataset-1", "run-1", "command-1", "approvals-1", "policy-1"], policy.Checks.Select(check => check.Id));
        Assert.Equal(["accuracy on holdout at least 0.9", "log_loss on holdout not worse than that of whoever stands there, give or take 0.01", "cost not worse than that of @champion, give or take 5 %"], policy.Checks.Take(3).Select(check => check.Title));
        Assert.Equal((false, false), (((MetricPolicyCheck)policy.Checks[1]).HigherIsBetter, ((MetricPolicyCheck)policy.Checks[2]).HigherIsBetter));
        Assert.Equal(["signed-1", "approvals-1", "policy-1"], policy.Checks.Where(check => !check.Waivable).Select(check => check.Id));
    }

    [Theory]
    [InlineData("", 1, 1, "Expected a mapping")]
    [InlineData("- a", 1, 1, "Expected a mapping")]
    [InlineData("description: nothing", 1, 1, "'checks', a list of at least one")]
    [InlineData("checks: []", 1, 1, "'checks', a list of at least one")]
    [InlineData("checks:\n  - check: scan\nchekcs: 1", 3, 1, "'chekcs' is no field of a policy")]
    [InlineData("checks:\n  - check: scna", 2, 5, "'scna' is no check. Expected one of metric")]
    [InlineData("checks:\n  - scan", 2, 5, "Expected a mapping with 'check'")]
    [InlineData("checks:\n  - id: x", 2, 5, "Expected 'check', one of")]
    [InlineData("checks:\n  - check: scan\n    allwo: x", 3, 5, "'allwo' is no field of the check scan. Expected some of check, id, title, waivable, allow.")]
    [InlineData("checks:\n  - check: metric\n    metric: auc\n    dataset: d\n    min: .nan", 5, 5, "'min': expected a finite number, got '.nan'")]
    [InlineData("checks:\n  - check: metric\n    metric: auc\n    dataset: d\n    min: 1e999", 5, 5, "'min': expected a finite number")]
    [InlineData("checks:\n  - check: metric\n    metric: auc\n    dataset: d\n    min: NaN", 5, 5, "'min': expected a finite number")]
    [InlineData("checks:\n  - check: metric\n    metric: auc\n    dataset: d\n    min:", 5, 5, "'min': expected a finite number, got 'nothing'")]
    [InlineData("checks:\n  - check: metric\n    metric: auc\n    dataset: d\n    min: 2\n    max: 1", 5, 5, "'min' is the larger one")]
    [InlineData("checks:\n  - check: metric\n    metric: accuracy\n    dataset: d\n    min: 1.5", 5, 5, "Nothing meets this: accuracy is at most 1")]
    [InlineData("checks:\n  - check: metric\n    metric: rmse\n    dataset: d\n    max: -1", 5, 5, "Nothing meets this: rmse is at least 0")]
    [InlineData("checks:\n  - check: metric\n    metric: auc\n    dataset: d", 2, 5, "Expected a bound")]
    [InlineData("checks:\n  - check: metric\n    metric: auc\n    min: 1", 2, 5, "Expected 'dataset'")]
    [InlineData("checks:\n  - check: metric\n    dataset: d\n    min: 1", 2, 5, "Expected 'metric'")]
    [InlineData("checks:\n  - check: metric\n    metric: own\n    dataset: d\n    against: slot", 2, 5, "Expected 'better: higher'")]
    [InlineData("checks:\n  - check: metric\n    metric: f1\n    dataset: d\n    against: '@'", 5, 5, "expected slot, @ALIAS or a stage")]
    [InlineData("checks:\n  - check: metric\n    metric: f1\n    dataset: d\n    against: slot\n    tolerance: -1", 6, 5, "'tolerance': expected 0 or more")]
    [InlineData("checks:\n  - check: metric\n    metric: f1\n    dataset: d\n    min: 0.5\n    tolerance: 1", 2, 5, "go with 'against'")]
    [InlineData("checks:\n  - check: metric\n    metric: f1\n    dataset: d\n    claimed: maybe\n    min: 0", 5, 5, "'claimed': expected refuse or accept, got 'maybe'")]
    [InlineData("checks:\n  - check: approvals\n    count: 0", 3, 5, "'count': expected a whole number from 1 to 20, got '0'")]
    [InlineData("checks:\n  - check: approvals\n    count: 21", 3, 5, "from 1 to 20")]
    [InlineData("checks:\n  - check: approvals\n    count: two", 3, 5, "got 'two'")]
    [InlineData("checks:\n  - check: approvals", 2, 5, "Expected 'count'")]
    [InlineData("checks:\n  - check: tags", 2, 5, "'required': expected a list")]
    [InlineData("checks:\n  - check: tags\n    required: []", 3, 5, "'required': expected a list")]
    [InlineData("checks:\n  - check: tags\n    required: {a: }", 3, 16, "Expected the text that the tag must have")]
    [InlineData("checks:\n  - check: fields\n    required:\n    - owner\n    - onwer", 5, 7, "'onwer' is no field of a model")]
    [InlineData("checks:\n  - check: run\n    finished: false\n    clean_commit: false", 2, 5, "asks for nothing")]
    [InlineData("checks:\n  - check: run\n    finished: perhaps", 3, 5, "'finished': expected true or false")]
    [InlineData("checks:\n  - check: command\n    run: []", 3, 5, "'run': expected a list")]
    [InlineData("checks:\n  - check: command\n    run: [a]\n    timeout_seconds: 901", 4, 5, "from 1 to 900")]
    [InlineData("checks:\n  - check: policy", 2, 5, "Expected 'policy', the name")]
    [InlineData("checks:\n  - {check: scan, id: a}\n  - {check: run, id: a}", 3, 18, "Two checks are called 'a'")]
    [InlineData("checks:\n  - {check: scan, id: run-1}\n  - {check: run}", 3, 5, "Two checks are called 'run-1'")]
    [InlineData("checks:\n  - {check: scan, id: 'a b'}", 2, 19, "Expected letters, digits")]
    [InlineData("checks:\n  - check: scan\n  - check: scan\n    check: run", 4, 12, "It is no YAML")]
    [InlineData("checks: [\n", 2, 1, "It is no YAML")]
    [InlineData("rollback: never\nchecks: [{check: scan}]", 1, 1, "'rollback': expected free or gated")]
    [InlineData("expire_days: 0\nchecks: [{check: scan}]", 1, 1, "'expire_days': expected a whole number from 1 to 365")]
    [InlineData("checks: [{check: scan}]\n---\nchecks: []", 1, 1, "more than one document")]
    public void What_is_wrong_is_said_with_its_place(string yaml, int line, int column, string says)
    {
        var (policy, errors, _) = PolicyReader.Read(yaml);
        Assert.Null(policy);
        Assert.Contains(errors, error => error.Message!.Contains(says, StringComparison.Ordinal));
        var error = errors.First(error => error.Message!.Contains(says, StringComparison.Ordinal));
        Assert.Equal((line, column), ((int)error.Line, (int)error.Column));
    }

    [Fact]
    public void Too_much_is_refused()
    {
        Assert.Contains("at most 50 checks, got 51", PolicyReader.Read("checks:\n" + string.Concat(Enumerable.Repeat("- check: scan\n", 51))).Errors.Single().Message, StringComparison.Ordinal);
        Assert.Contains("at most 65,536 characters", PolicyReader.Read("# " + new string('x', 65_536)).Errors.Single().Message, StringComparison.Ordinal);
        Assert.Contains("NUL", PolicyReader.Read("checks: \0").Errors.Single().Message, StringComparison.Ordinal);
        Assert.Equal(PolicyReader.ErrorsMax, PolicyReader.Read("checks:\n" + string.Concat(Enumerable.Repeat("- check: nothing\n", 40))).Errors.Count);
        // A text that unfolds to more than it looks.
        Assert.NotEmpty(PolicyReader.Read("a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nchecks: [{check: scan}]").Errors);
    }

    [Fact]
    public void Whatever_is_broken_in_a_policy_there_is_a_policy_or_an_error_within_it()
    {
        var random = new Random(1);
        const string Pieces = "{}[]:-,#&*!|>'\"\n\t 019.ancheksmi@~%";
        for (var round = 0; round < 3_000; round++)
        {
            var text = Good.ToCharArray().ToList();
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(text.Count);
                switch (random.Next(3))
                {
                    case 0: text.RemoveRange(at, Math.Min(random.Next(1, 12), text.Count - at)); break;
                    case 1: text.Insert(at, Pieces[random.Next(Pieces.Length)]); break;
                    default: text[at] = (char)random.Next(1, random.Next(8) == 0 ? 0xffff : 128); break;
                }
                if (text.Count == 0) break;
            }
            var yaml = new string([.. text]);
            var (policy, errors, _) = PolicyReader.Read(yaml);
            Assert.Equal(policy is null, errors.Count > 0);
            Assert.True(errors.Count <= PolicyReader.ErrorsMax);
            Assert.All(errors, error => Assert.True(error.Line >= 1 && error.Column >= 1 && error.Message!.Length is > 0 and < 2_000));
        }
    }
}
