import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { moment } from '../ui/format';
import { Button } from '../ui/Button';
import { Empty, Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time, useNow } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { runSchedule, schedulesQuery, type Schedule } from './jobs';
import { ahead, timesText } from './jobWords';

/** What runs at times of its own. */
export function Schedules() {
  const schedules = useQuery(schedulesQuery);
  const now = useNow();
  const queries = useQueryClient();
  const running = useMutation({
    mutationFn: runSchedule,
    onSuccess: (_, name) => {
      toast(`'${name}' runs now, besides its times.`);
      return queries.invalidateQueries({ queryKey: ['jobs'] });
    },
  });
  const columns: readonly TableColumn<Schedule>[] = [
    { name: 'Schedule', width: 'minmax(9rem, 2fr)', cell: (one) => <strong>{one.name}</strong> },
    { name: 'Runs', width: 'minmax(8rem, 2fr)', cell: (one) => <span className={one.cron === undefined ? undefined : 'mono'}>{timesText(one)}</span> },
    { name: 'Kind', width: 'minmax(8rem, 2fr)', cell: (one) => one.kind },
    { name: 'Last', width: '7.5rem', cell: (one) => <Time at={one.last_ms} /> },
    { name: 'Next', width: '7.5rem', cell: (one) => (one.next_ms === undefined ? '' : <time dateTime={new Date(one.next_ms).toISOString()} title={moment(one.next_ms)}>{ahead(one.next_ms, now)}</time>) },
    {
      name: 'Run now',
      silent: true,
      width: '7rem',
      cell: (one) => (
        <Button look="plain" aria-label={`Run ${one.name} now`} disabled={running.isPending} onClick={() => running.mutate(one.name)}>
          Run now
        </Button>
      ),
    },
  ];
  return (
    <Shown of={schedules}>
      {(found) =>
        found.length === 0 ? (
          <Empty title="Nothing is scheduled">
            <p>Capabilities that do something at set times list it here.</p>
          </Empty>
        ) : (
          <div className="card jobs-table">
            <VirtualTable label="Schedules" columns={columns} rows={found} rowKey={(one) => one.name} />
          </div>
        )
      }
    </Shown>
  );
}
