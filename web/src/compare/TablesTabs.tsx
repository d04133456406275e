import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { fileText } from '../artifacts/wholeFile';
import { Failed, Loading } from '../ui/States';
import { DifferenceTable } from './DifferenceTable';
import { environmentFile, flatEnvironment } from './environment';
import type { TabProps } from './tab';

/** What the runs were given. */
export function ParamsTab(props: TabProps) {
  const columns = useMemo(() => props.runs.map((run) => run.params), [props.runs]);
  return <DifferenceTable {...props} what="params" columns={columns} />;
}

/** What people and programs noted on them; not what the server and MLflow keep for themselves, except where the code came from. */
export function TagsTab(props: TabProps) {
  const columns = useMemo(() => props.runs.map((run) => new Map([...run.tags].filter(([key]) => !/^mlflow\.(log-model|loggedArtifacts|loggedImages|note)/.test(key)))), [props.runs]);
  return <DifferenceTable {...props} what="tags" columns={columns} />;
}

/** The data they read: one row a data set and what for, its digest as the value. */
export function DatasetsTab(props: TabProps) {
  const columns = useMemo(() => props.runs.map((run) => new Map(run.datasets.map((one) => [one.context === '' ? one.name : `${one.name} (${one.context})`, one.digest]))), [props.runs]);
  return <DifferenceTable {...props} what="data sets" columns={columns} />;
}

/** Machine, command, packages and variables, as the SDK captured them. */
export function EnvironmentTab(props: TabProps) {
  const files = useQueries({ queries: props.runs.map((run) => fileText(run.id, environmentFile, 4_000_000)) });
  const pending = files.some((file) => file.isPending);
  const failed = files.find((file) => file.error);
  const texts = files.map((file) => file.data ?? null);
  const key = texts.map((text) => text?.length ?? -1).join(' ');
  const columns = useMemo(() => texts.map(flatEnvironment), [key, pending]);
  if (pending) return <Loading lines={8} />;
  if (failed) return <Failed problem={failed.error} retry={() => void failed.refetch()} />;
  const without = columns.filter((column) => column.size === 0).length;
  return (
    <>
      {without > 0 && (
        <p className="muted">
          {without === props.runs.length ? 'None of these runs' : `${props.runs.length - without} of ${props.runs.length} runs`} has a captured environment. <code>slipway run</code> and the .NET SDK capture it.
        </p>
      )}
      <DifferenceTable {...props} what="environment" columns={columns} />
    </>
  );
}
