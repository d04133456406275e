/** A page of the settings; with a right, only for those who have it. */
export interface SettingsPlace {
  to: '/settings' | '/settings/tokens' | '/settings/members' | '/settings/groups' | '/settings/roles' | '/settings/audit' | '/settings/personal-data' | '/settings/security' | '/settings/workspaces' | '/settings/secrets' | '/settings/webhooks' | '/settings/policies' | '/settings/about';
  label: string;
  right?: string;
}

/** The pages of the settings, as they stand beside them. */
export const parts: readonly { title: string; places: readonly SettingsPlace[] }[] = [
  {
    title: 'You',
    places: [
      { to: '/settings', label: 'Account' },
      { to: '/settings/tokens', label: 'Tokens' },
    ],
  },
  {
    title: 'People',
    places: [
      { to: '/settings/members', label: 'Members', right: 'ManageMembers' },
      { to: '/settings/groups', label: 'Groups', right: 'ManageMembers' },
      { to: '/settings/roles', label: 'Roles and grants' },
    ],
  },
  {
    title: 'Models',
    places: [
      { to: '/settings/policies', label: 'Policies', right: 'ReadModels' },
      { to: '/settings/webhooks', label: 'Webhooks', right: 'ManageModels' },
    ],
  },
  {
    title: 'Record',
    places: [
      { to: '/settings/audit', label: 'Audit', right: 'Audit' },
      { to: '/settings/personal-data', label: 'Personal data', right: 'Administer' },
      { to: '/settings/security', label: 'Security', right: 'Administer' },
    ],
  },
  {
    title: 'Installation',
    places: [
      { to: '/settings/workspaces', label: 'Workspaces' },
      { to: '/settings/secrets', label: 'Secrets', right: 'ManageMembers' },
      { to: '/settings/about', label: 'About' },
    ],
  },
];
