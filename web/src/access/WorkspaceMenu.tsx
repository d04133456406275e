import { useQuery } from '@tanstack/react-query';
import { chooseWorkspace, workspace } from '../api/client';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { workspacesQuery } from './access';

/** Chooses the workspace of these pages, where there is more than one. */
export function WorkspaceMenu() {
  const reached = useQuery(workspacesQuery).data?.filter((one) => !one.deleted) ?? [];
  const here = workspace() ?? 'default';
  // One that is gone must be left, even when there is only one other.
  if (reached.length < 2 && reached.every((one) => one.name === here)) return null;
  return (
    <Menu
      title={`Workspace ${here}: choose another`}
      label={
        <>
          <Icon name="box" /> <span className="shell-workspace">{here}</span>
        </>
      }
      items={reached.map((one) => ({
        label: (
          <>
            {one.name === here ? <Icon name="check" /> : <span className="shell-unchosen" />} {one.name}
          </>
        ),
        disabled: one.name === here,
        onSelect: () => chooseWorkspace(one.name === 'default' ? null : one.name),
      }))}
    />
  );
}
