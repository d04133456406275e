/** Names and what they are; those that are empty are left out. */
export function Facts({ of }: { of: readonly (readonly [string, string])[] }) {
  return (
    <dl className="facts">
      {of.map(
        ([name, value], index) =>
          value !== '' && (
            <div className="run-fact" key={index}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
