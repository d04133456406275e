import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { Empty } from '../ui/States';
import { ArtifactTree } from './ArtifactTree';
import { Preview } from './Preview';
import './artifacts.css';

/** The files of a run: a tree, and beside it the one that was chosen. */
export function ArtifactsTab({ id }: { id: string }) {
  const { path } = useSearch({ from: '/runs/$runId' });
  const navigate = useNavigate({ from: '/runs/$runId' });
  const choose = useCallback((chosen: string) => void navigate({ search: (before) => ({ ...before, path: chosen }), resetScroll: false }), [navigate]);
  return (
    <div className="artifacts">
      <ArtifactTree run={id} chosen={path} choose={choose} />
      <section className="artifacts-shown" aria-label="File">
        {path === undefined ? (
          <Empty title="No file is chosen">
            <p>Files are shown here without being downloaded whole: also large ones.</p>
          </Empty>
        ) : (
          <Preview key={path} run={id} path={path} />
        )}
      </section>
    </div>
  );
}
