import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import { Field } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { FormDialog } from './FormDialog';

/** The shortest password that the server takes. */
export const passwordCharsMin = 12;

/** Sets one's own password, or as an administrator somebody else's. */
export function PasswordDialog({ name, own, onClose }: { name: string; own: boolean; onClose: () => void }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const setting = useMutation({
    mutationFn: () => post('/api/slipway/v1/access/password', own ? { password, current } : { name, password }),
    meta: { silent: true },
    onSuccess: () => {
      // A new password ends every sign-in of its owner, this browser's too.
      if (own) location.assign(`/signin?next=${encodeURIComponent('/settings')}`);
      else {
        onClose();
        toast(`'${name}' has a new password, and must sign in again.`);
      }
    },
  });
  const short = password !== '' && password.length < passwordCharsMin ? `At least ${passwordCharsMin} characters, ${passwordCharsMin - password.length} more.` : undefined;
  const differs = again !== '' && again !== password ? 'This is not the same.' : undefined;
  return (
    <FormDialog
      title={own ? 'Change your password' : `Set a password for '${name}'`}
      action="Set password"
      ready={password.length >= passwordCharsMin && again === password}
      busy={setting.isPending}
      wrong={setting.error}
      onSubmit={() => setting.mutate()}
      onClose={onClose}
    >
      {own && <Field label="Present password" type="password" autoComplete="current-password" autoFocus value={current} onChange={(event) => setCurrent(event.target.value)} hint="Leave it empty if you have none yet." />}
      <Field label="New password" type="password" autoComplete="new-password" autoFocus={!own} maxLength={256} value={password} onChange={(event) => setPassword(event.target.value)} wrong={short} hint={`${passwordCharsMin} characters or more.`} />
      <Field label="New password, again" type="password" autoComplete="new-password" maxLength={256} value={again} onChange={(event) => setAgain(event.target.value)} wrong={differs} />
      <p className="muted">{own ? 'Every browser that is signed in as you must sign in again, this one too. Tokens stay.' : 'Browsers that are signed in under this name must sign in again. Tokens stay.'}</p>
    </FormDialog>
  );
}
