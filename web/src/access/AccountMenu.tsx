import { useNavigate } from '@tanstack/react-router';
import { Menu } from '../ui/Menu';
import { signOut } from './signOut';

/** Who one is, and what one can do about it. */
export function AccountMenu({ name }: { name: string }) {
  const navigate = useNavigate();
  return (
    <Menu
      title={`Account of ${name}`}
      label={<span className="shell-account">{name}</span>}
      items={[
        { label: 'Your account', onSelect: () => void navigate({ to: '/settings' }) },
        { label: 'Your tokens', onSelect: () => void navigate({ to: '/settings/tokens' }) },
        { label: 'Change password', onSelect: () => void navigate({ to: '/settings', search: { password: true } }) },
        { label: 'Sign out', onSelect: signOut },
      ]}
    />
  );
}
