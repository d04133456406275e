import { useQuery } from '@tanstack/react-query';
import { Connect } from '../home/Connect';
import { Button } from '../ui/Button';
import { Empty } from '../ui/States';
import { experiment } from './experiments';

/** An experiment without runs: how the first one comes. */
export function FirstRun({ experiments, deleted }: { experiments: readonly string[]; deleted: () => void }) {
  const one = useQuery(experiment(experiments[0]!)).data;
  return (
    <>
      <Empty title="No run yet">
        <p>It appears here the moment a program logs it. The lines below do.</p>
      </Empty>
      <Connect experiment={one?.name} />
      <div className="row muted">
        Something is missing? <Button onClick={deleted}>Look among deleted runs</Button>
      </div>
    </>
  );
}
