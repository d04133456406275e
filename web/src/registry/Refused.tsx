import { Failed } from '../ui/States';
import type { Slot } from './slots';

/** Why a version may not go where it was to go. */
export function Refused({ problem }: { problem: unknown; name: string; version: string; slot: Slot }) {
  return <Failed problem={problem} />;
}
