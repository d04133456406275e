import { queryOptions } from '@tanstack/react-query';
import { folderQuery } from '../artifacts/files';
import { imageSeries } from '../artifacts/imageSeries';
import type { ComparedRun } from './runs';

/** Pages of names that are looked through for each run: 20,000 pictures. */
const pagesMax = 2;

/** The image series of runs: by run, those of each key in the order of their steps. */
export function imagesQuery(runs: readonly ComparedRun[]) {
  return queryOptions({
    queryKey: ['compare', 'images', runs.map((run) => run.id)],
    queryFn: async ({ client }) => Promise.all(runs.map(async (run) => imageSeries((await client.fetchQuery(folderQuery(client, run.id, 'images', pagesMax))).files.flatMap((file) => (file.isFolder ? [] : [file.path]))))),
  });
}
