import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { meQuery } from '../app/me';
import { Button } from '../ui/Button';
import { Shown } from '../ui/States';
import { explainQuery } from './access';
import { People } from './Needs';
import { PasswordDialog } from './PasswordDialog';
import { signOut } from './signOut';
import { Why } from './Why';

/** Who one is here, what one may do, and one's own password. */
export function AccountPage() {
  return (
    <>
      <header className="page-head">
        <h1>Your account</h1>
      </header>
      <People what="is no account, no password and no token">
        <Account />
      </People>
    </>
  );
}

function Account() {
  const me = useQuery(meQuery).data;
  const { password } = useSearch({ from: '/settings/' });
  const navigate = useNavigate({ from: '/settings' });
  const why = useQuery(explainQuery(me?.name ?? ''));
  if (!me) return null;
  return (
    <>
      <section className="card stack" aria-labelledby="who">
        <div className="row between">
          <h2 id="who">
            {me.name} {me.administrator && <span className="pill live">Administrator</span>}
          </h2>
          <div className="row">
            <Button onClick={() => void navigate({ search: { password: true } })}>Change password</Button>
            <Button onClick={signOut}>Sign out</Button>
          </div>
        </div>
        <p className="muted">
          Programs sign in with a token, not with your password: <Link to="/settings/tokens">make one</Link>.
        </p>
      </section>
      <section className="card stack" aria-labelledby="may">
        <h2 id="may">In the workspace {me.workspace}</h2>
        <Shown of={why}>{(answer) => <Why subject="You" rights={answer.rights ?? []} reasons={answer.reasons ?? []} />}</Shown>
      </section>
      {password && <PasswordDialog own name={me.name ?? ''} onClose={() => void navigate({ search: {} })} />}
    </>
  );
}
