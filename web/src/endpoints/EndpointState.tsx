import type { Canary, Endpoint } from './wire';

const states: Readonly<Record<string, readonly [string, string, string]>> = {
  serving: ['good', 'serving', 'It answers.'],
  paused: ['warn', 'paused', 'Requests are answered 503 until somebody resumes it.'],
  failed: ['bad', 'failed', 'No version that gets requests is ready on this server.'],
};

/** Whether an endpoint answers. */
export function EndpointState({ of }: { of: Endpoint }) {
  const [tone, word, text] = states[of.state ?? ''] ?? ['', of.state ?? 'unknown', ''];
  return (
    <span className={`pill ${tone}`} title={text}>
      {word}
    </span>
  );
}

const canaries: Readonly<Record<string, readonly [string, string]>> = { running: ['live', 'canary'], held: ['warn', 'canary held'], promoted: ['good', 'promoted'], rolled_back: ['bad', 'went back'], aborted: ['warn', 'aborted'] };

/** How a canary stands, in a word or two. */
export function CanaryPill({ of, share }: { of: Canary; share?: string | undefined }) {
  const [tone, word] = canaries[of.state ?? ''] ?? ['', of.state ?? ''];
  return (
    <span className={`pill ${tone}`} title={of.reason ?? undefined}>
      {word}
      {share && ` ${share}`}
    </span>
  );
}

/** Whether a canary is still under way. */
export function isUnderWay(canary: Canary | null | undefined): canary is Canary {
  return canary?.state === 'running' || canary?.state === 'held';
}
