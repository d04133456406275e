/** What a right allows, in words that follow "may". The order is that of importance to a reader. */
export const rightWords: Readonly<Record<string, string>> = {
  ReadExperiments: 'see experiments and their runs',
  CreateExperiments: 'make experiments',
  WriteExperiments: 'change experiments and runs',
  ManageExperiments: 'delete experiments for good and say who may see them',
  ReadModels: 'see registered models',
  CreateModels: 'register models',
  WriteModels: 'change registered models',
  ManageModels: 'delete registered models and say who may see them',
  Approve: 'approve',
  Audit: 'read the event log',
  ManageMembers: 'say who is a member here, and in which role',
  Administer: 'run the installation',
  SignedIn: 'have an account',
};

/** A right in words; one that is newer than this page by its name. */
export function rightText(right: string): string {
  return rightWords[right] ?? right.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

/** A role with what it is for. */
export interface RoleWords {
  name: string;
  what: string;
  rights: readonly string[];
}

const read = ['ReadExperiments', 'ReadModels'];
const create = [...read, 'CreateExperiments', 'CreateModels'];

/** Every role of a workspace, from the least. The server decides; this tells a reader beforehand. */
export const roles: readonly RoleWords[] = [
  { name: 'viewer', what: 'sees everything', rights: read },
  { name: 'creator', what: 'sees everything, makes experiments and manages those', rights: create },
  { name: 'contributor', what: 'sees and changes everything', rights: [...create, 'WriteExperiments', 'WriteModels'] },
  { name: 'approver', what: 'sees everything and approves', rights: [...read, 'Approve'] },
  { name: 'auditor', what: 'sees everything, the event log too', rights: [...read, 'Audit'] },
  { name: 'admin', what: 'does everything here, members and grants too', rights: [...create, 'WriteExperiments', 'WriteModels', 'ManageExperiments', 'ManageModels', 'Audit', 'ManageMembers'] },
];

/** The roles that give a right; none for what only administrators of the installation may. */
export function rolesWith(right: string): readonly string[] {
  return roles.filter((role) => role.rights.includes(right)).map((role) => role.name);
}

/** Levels of a grant, from the least. */
export const levels: readonly { name: string; what: string }[] = [
  { name: 'denied', what: 'nothing at all, whatever else allows it' },
  { name: 'read', what: 'see it' },
  { name: 'use', what: 'see it and call it' },
  { name: 'edit', what: 'change it' },
  { name: 'manage', what: 'delete it for good, say who else may' },
];

/** Scopes of a token. */
export const scopes: readonly { name: string; what: string }[] = [
  { name: 'read', what: 'see experiments, runs, models' },
  { name: 'write', what: 'log runs, make and change experiments and models' },
  { name: 'manage', what: 'grants, roles, deleting for good' },
  { name: 'approve', what: 'approve' },
  { name: 'audit', what: 'read the event log' },
  { name: 'administer', what: 'everything that you may' },
];

/** Kinds of members. */
export const kinds: Readonly<Record<string, string>> = { person: 'Person', service: 'Service account', group: 'Group' };
