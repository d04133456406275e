namespace Slipway.Sandbox;

/// <summary>User ids that belong to nobody, one for each job: two jobs cannot touch each other, and the kernel counts the processes of each alone.</summary>
internal sealed class SandboxUsers
{
    // The range that systemd keeps for users that exist for a while, above those of people and programs.
    private const int First = 61_184, Last = 65_519;

    private readonly HashSet<int> taken = [];
    private int next = Random.Shared.Next(First, Last);

    /// <summary>One that no other job of this server has, until it is disposed.</summary>
    public Loan Take()
    {
        lock (taken)
        {
            while (!taken.Add(next = next >= Last ? First : next + 1)) { }
            return new Loan(this, next);
        }
    }

    /// <summary>An id while a job runs.</summary>
    public sealed class Loan(SandboxUsers users, int id) : IDisposable
    {
        /// <summary>The id of user and group.</summary>
        public int Id => id;

        /// <inheritdoc/>
        public void Dispose()
        {
            lock (users.taken) users.taken.Remove(id);
        }
    }
}
