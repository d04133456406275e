import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { post, put } from '../api/client';
import { Field } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { FormDialog } from './FormDialog';
import { passwordCharsMin } from './PasswordDialog';
import { roles } from './words';

const titles = { person: 'New person', service: 'New service account', group: 'New group' } as const;
const nameHints = {
  person: 'What they sign in with. Letters, digits and . _ - @ +',
  service: 'Names the program, such as nightly-training.',
  group: 'Names the team. A group of your identity provider with this name is followed.',
} as const;

/** Makes a person, service account or group, and gives it a first role in this workspace. */
export function NewMember({ kind, onClose }: { kind: 'person' | 'service' | 'group'; onClose: () => void }) {
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState(kind === 'service' ? 'contributor' : 'viewer');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const making = useMutation({
    mutationFn: async () => {
      await post('/api/slipway/v1/access/members', { name, kind, ...(displayName && { display_name: displayName }), ...(email && { email }), ...(password && { password }) });
      if (role !== '') await put('/api/slipway/v1/access/roles', { name, role });
    },
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast(`'${name}' is there.`);
      await Promise.all([queries.invalidateQueries({ queryKey: ['members'] }), queries.invalidateQueries({ queryKey: ['roles'] })]);
      await navigate(kind === 'group' ? { to: '/settings/groups/$name', params: { name } } : { to: '/settings/members/$name', params: { name } });
    },
  });
  const short = password !== '' && password.length < passwordCharsMin ? `At least ${passwordCharsMin} characters.` : undefined;
  return (
    <FormDialog title={titles[kind]} action="Create" ready={name.trim() !== '' && short === undefined} busy={making.isPending} wrong={making.error} onSubmit={() => making.mutate()} onClose={onClose}>
      <Field label="Name" autoFocus autoComplete="off" maxLength={64} spellCheck={false} value={name} onChange={(event) => setName(event.target.value.trim())} hint={nameHints[kind]} />
      <Field label="Full name" autoComplete="off" maxLength={200} value={displayName} onChange={(event) => setDisplayName(event.target.value)} hint="For people to read. May be left out." />
      {kind === 'person' && (
        <>
          <Field label="E-mail address" type="email" autoComplete="off" maxLength={200} value={email} onChange={(event) => setEmail(event.target.value)} hint="May be left out." />
          <Field label="First password" type="password" autoComplete="new-password" maxLength={256} value={password} onChange={(event) => setPassword(event.target.value)} wrong={short} hint="Tell it to them; they change it under Account. Leave it out for who signs in with your organisation." />
        </>
      )}
      <RoleSelect value={role} onChange={setRole} none="No role yet" />
    </FormDialog>
  );
}

/** Chooses a role, and says what each is for. */
export function RoleSelect({ value, onChange, none }: { value: string; onChange: (role: string) => void; none?: string }) {
  return (
    <label className="field">
      <span>Role in this workspace</span>
      <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {none && <option value="">{none}</option>}
        {roles.map((role) => (
          <option key={role.name} value={role.name}>
            {role.name}: {role.what}
          </option>
        ))}
      </select>
    </label>
  );
}
