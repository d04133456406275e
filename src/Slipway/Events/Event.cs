namespace Slipway.Events;

/// <summary>One change that people or other capabilities care about.</summary>
/// <param name="Position">Its place in the sealed order, from 1, without gaps; null until the sealer has come by.</param>
/// <param name="Workspace">Whose change it is.</param>
/// <param name="At">When.</param>
/// <param name="Kind">What happened: `run.created`, `experiment.deleted`.</param>
/// <param name="Subject">To what: `run/0198...`, `experiment/3`.</param>
/// <param name="Actor">Who; null once erased.</param>
/// <param name="Address">From where; null for the server's own doing, and once erased.</param>
/// <param name="Data">Details as JSON; null when there are none or once erased.</param>
internal sealed record Event(long? Position, long Workspace, DateTimeOffset At, string Kind, string Subject, string? Actor, string? Address, string? Data);
