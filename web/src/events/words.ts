const phrases: Readonly<Record<string, string>> = {
  'artifact.deleted': 'deleted the artifact',
  'artifact.logged': 'stored the artifact',
  'attempt.refused': 'was refused',
  'events.expired': 'erased old events of a kind',
  'experiment.created': 'made the experiment',
  'experiment.deleted': 'deleted the experiment',
  'experiment.removed': 'removed the experiment for good',
  'experiment.renamed': 'renamed the experiment',
  'experiment.restored': 'brought back the experiment',
  'experiment.tagged': 'tagged the experiment',
  'experiment.untagged': 'took a tag from the experiment',
  'garbage.collected': 'collected what was deleted',
  'grant.set': 'said who may do what with',
  'group.member_added': 'added a member to the group',
  'group.member_removed': 'took a member out of the group',
  'logged_model.created': 'logged the model',
  'logged_model.deleted': 'deleted the logged model',
  'logged_model.finalised': 'finished the logged model',
  'logged_model.params': 'logged params of the model',
  'logged_model.removed': 'removed the logged model for good',
  'logged_model.tagged': 'tagged the logged model',
  'logged_model.untagged': 'took a tag from the logged model',
  'member.changed': 'changed the account',
  'member.created': 'made the account',
  'member.password_set': 'set the password of',
  'member.removed': 'removed the account',
  'member.signed_in': 'signed in as',
  'model_alias.deleted': 'took the alias',
  'model_alias.set': 'set the alias',
  'model_version.created': 'made the version',
  'model_version.deleted': 'deleted the version',
  'model_version.transitioned': 'changed the stage of',
  'note.deleted': 'deleted the note',
  'note.edited': 'edited the note',
  'note.written': 'wrote the note',
  'person.erased': 'erased a person',
  'registered_model.created': 'registered the model',
  'registered_model.deleted': 'deleted the registered model',
  'registered_model.renamed': 'renamed the registered model',
  'role.assigned': 'gave a role to',
  'role.unassigned': 'took a role from',
  'run.created': 'started the run',
  'run.deleted': 'deleted the run',
  'run.inputs': 'logged inputs of the run',
  'run.logged': 'logged params or tags of the run',
  'run.lost': 'gave up the run',
  'run.outputs': 'logged outputs of the run',
  'run.removed': 'removed the run for good',
  'run.restored': 'brought back the run',
  'run.revived': 'took up the run again',
  'run.untagged': 'took a tag from the run',
  'run.updated': 'changed the run',
  'secret.deleted': 'deleted the secret',
  'secret.set': 'set the secret',
  'secrets.rotated': 'sealed all secrets with a new key',
  'token.created': 'made the token',
  'token.revoked': 'revoked the token',
  'workspace.changed': 'changed the workspace',
  'workspace.created': 'made the workspace',
  'workspace.deleted': 'deleted the workspace',
  'workspace.restored': 'brought back the workspace',
};

/** What was done, in words between who and what; a kind newer than this page is made readable. */
export function phrase(kind: string): string {
  const known = phrases[kind];
  if (known !== undefined) return known;
  const [noun = '', verb = ''] = kind.split('.');
  return `${verb.replaceAll('_', ' ')} the ${noun.replaceAll('_', ' ')}`;
}

/** Kinds that one may want to see alone: the filter takes all kinds that begin so. */
export const kindsToChoose: readonly { kind: string; label: string }[] = [
  { kind: 'run', label: 'Runs' },
  { kind: 'experiment', label: 'Experiments' },
  { kind: 'logged_model', label: 'Logged models' },
  { kind: 'registered_model', label: 'Registered models' },
  { kind: 'model_version', label: 'Model versions' },
  { kind: 'model_alias', label: 'Model aliases' },
  { kind: 'artifact', label: 'Artifacts' },
  { kind: 'note', label: 'Notes' },
  { kind: 'report', label: 'Reports' },
  { kind: 'view', label: 'Saved views' },
  { kind: 'member.signed_in', label: 'Sign-ins' },
  { kind: 'member', label: 'Accounts' },
  { kind: 'group', label: 'Groups' },
  { kind: 'role', label: 'Roles' },
  { kind: 'grant', label: 'Grants and denials' },
  { kind: 'token', label: 'Tokens' },
  { kind: 'secret', label: 'Secrets' },
  { kind: 'workspace', label: 'Workspaces' },
  { kind: 'garbage', label: 'Garbage collection' },
  { kind: 'person', label: 'Erasures' },
];

/** Where a subject is shown, or null where it has no page. */
export function placeOf(subject: string): string | null {
  const [, noun, id] = /^([a-z_-]+)\/([^/]+)$/.exec(subject) ?? [];
  if (noun === undefined || id === undefined) return null;
  switch (noun) {
    case 'run':
      return `/runs/${encodeURIComponent(id)}`;
    case 'experiment':
      return /^\d+$/.test(id) ? `/experiments/${id}` : null;
    case 'person':
    case 'service':
      return id === 'erased' ? null : `/settings/members/${encodeURIComponent(id)}`;
    case 'group':
      return `/settings/groups/${encodeURIComponent(id)}`;
    case 'workspace':
      return '/settings/workspaces';
    default:
      return null;
  }
}
