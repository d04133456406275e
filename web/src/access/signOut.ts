import { send } from '../api/client';

/** Ends the sign-in of this browser. */
export function signOut(): void {
  void send('/signout', { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }).finally(() => location.assign('/signin'));
}
