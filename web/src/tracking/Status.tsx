const looks: Record<string, string> = { RUNNING: 'live', FINISHED: 'good', FAILED: 'bad', KILLED: 'warn', SCHEDULED: '' };
export const words: Record<string, string> = { RUNNING: 'Running', FINISHED: 'Finished', FAILED: 'Failed', KILLED: 'Killed', SCHEDULED: 'Scheduled' };

/** How a run stands, in a word and a colour. */
export function Status({ of }: { of: string | undefined }) {
  return <span className={`pill ${looks[of ?? ''] ?? ''}`}>{words[of ?? ''] ?? of}</span>;
}
