import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { folderQuery } from '../artifacts/files';
import { imageSeries, type SeriesImage } from '../artifacts/imageSeries';
import { StoredImage } from '../artifacts/StoredImage';
import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';

/** Pages of names that are looked through: 50,000 pictures. */
const pagesMax = 5;

/** Pictures that were logged along the way, each key with its steps. */
export function RunImages({ id }: { id: string }) {
  const queries = useQueryClient();
  const files = useQuery(folderQuery(queries, id, 'images', pagesMax));
  const series = useMemo(() => imageSeries((files.data?.files ?? []).filter((file) => !file.isFolder).map((file) => file.path)), [files.data]);
  if (files.error && !files.data) return <Failed problem={files.error} retry={() => void files.refetch()} />;
  if (!files.data) return <Loading lines={6} />;
  if (series.size === 0)
    return (
      <Empty title="No images along the way">
        <p>
          <code>mlflow.log_image(image, key="examples", step=10)</code> logs pictures that are looked through here by their step.
        </p>
      </Empty>
    );
  return (
    <div className="grid">
      {files.data.more && <p className="muted">There are more pictures than the {count(files.data.files.length)} that are looked through here.</p>}
      {[...series].map(([key, images]) => (
        <OneSeries key={key} run={id} name={key} images={images} />
      ))}
    </div>
  );
}

function OneSeries({ run, name, images }: { run: string; name: string; images: SeriesImage[] }) {
  const [chosen, setChosen] = useState<number | null>(null);
  // Nobody chose: the newest, also when another one comes.
  const at = Math.min(chosen ?? images.length - 1, images.length - 1);
  const image = images[at]!;
  const move = (by: number) => setChosen(Math.max(0, Math.min(images.length - 1, at + by)));
  const keys = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (by === 0 || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    move(by);
  };
  return (
    <article className="card run-images" aria-label={name} onKeyDown={keys}>
      <h2>{name}</h2>
      <div className="run-image" tabIndex={0} role="group" aria-label={`${name}: arrows go through its steps`}>
        <StoredImage run={run} path={image.path} alt={`${name} at step ${image.step}`} />
      </div>
      <div className="row run-image-steps">
        <Button look="plain" square aria-label="Step before" disabled={at === 0} onClick={() => move(-1)}>
          <Icon name="left" />
        </Button>
        <input type="range" min={0} max={images.length - 1} value={at} aria-label={`Step of ${name}`} aria-valuetext={`step ${image.step}`} onChange={(event) => setChosen(Number(event.target.value))} />
        <Button look="plain" square aria-label="Next step" disabled={at === images.length - 1} onClick={() => move(1)}>
          <Icon name="right" />
        </Button>
      </div>
      <p className="row between muted run-small">
        <span>
          step {count(image.step)} ({at + 1} of {count(images.length)})
        </span>
        <Time at={image.time} />
      </p>
    </article>
  );
}
