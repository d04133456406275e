import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import { useMay } from '../app/me';

const kinds: Readonly<Record<string, string>> = { workspace: 'the workspace', experiment: 'experiment', registered_model: 'model' };

/** Roles that this workspace made for itself, through MLflow's API. Nothing is drawn where there are none. */
export function OwnRoles({ workspace }: { workspace: string }) {
  const may = useMay();
  const roles = useQuery({ queryKey: ['roles', 'own', workspace], queryFn: async ({ signal }) => (await get('/api/3.0/mlflow/roles/list', { query: { workspace }, signal })).roles ?? [], enabled: may('ManageMembers') }).data;
  if (!roles || roles.length === 0) return null;
  return (
    <section className="card stack" aria-labelledby="own-roles">
      <h2 id="own-roles">Roles of this workspace&apos;s own</h2>
      <p className="settings-lead">Made and given through MLflow&apos;s API; they add to the roles above.</p>
      <div className="scroll-x">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">Role</th>
              <th scope="col">What it gives</th>
            </tr>
          </thead>
          <tbody>
            {roles.map((role) => (
              <tr key={role.id}>
                <th scope="row">
                  {role.name} {role.description && <span className="muted">{role.description}</span>}
                </th>
                <td>{(role.permissions ?? []).map((one) => `${one.permission} on ${about(one.resource_type, one.resource_pattern)}`).join(', ') || <span className="muted">nothing yet</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function about(type = '', pattern = '*'): string {
  const kind = kinds[type] ?? type.replaceAll('_', ' ');
  return type === 'workspace' ? kind : pattern === '*' ? `every ${kind}` : `${kind} ${pattern}`;
}
