import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, expect, test } from 'vitest';
import { Chooser, type Choice } from './Chooser';

const boats: readonly Choice[] = [
  { id: '1', name: 'ketch' },
  { id: '2', name: 'sloop' },
  { id: '3', name: 'yawl' },
];

function Harbour() {
  const [chosen, setChosen] = useState<Choice | null>(null);
  return (
    <QueryClientProvider client={new QueryClient()}>
      <Chooser label="Boat" of="boats" chosen={chosen} onChoose={setChosen} find={async (text) => boats.filter((boat) => boat.name.includes(text))} />
    </QueryClientProvider>
  );
}

const box = () => screen.getByRole('combobox', { name: 'Boat' });
const options = () => screen.queryAllByRole('option').map((option) => option.textContent?.trim());

afterEach(cleanup);

test('arrows go around, Enter chooses, and the choice can be taken back', async () => {
  render(<Harbour />);
  fireEvent.focus(box());
  await waitFor(() => expect(options()).toEqual(['ketch', 'sloop', 'yawl']));
  fireEvent.keyDown(box(), { key: 'ArrowUp' });
  expect(screen.getByRole('option', { name: 'yawl' }).getAttribute('aria-selected')).toBe('true');
  expect(box().getAttribute('aria-activedescendant')).toBe(screen.getByRole('option', { name: 'yawl' }).id);
  fireEvent.keyDown(box(), { key: 'ArrowDown' });
  fireEvent.keyDown(box(), { key: 'ArrowDown' });
  fireEvent.keyDown(box(), { key: 'Enter' });
  expect(screen.queryByRole('combobox')).toBeNull();
  expect(screen.getByText('sloop')).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Boat: choose another' }));
  expect(box()).toBeDefined();
});

test('text narrows the list, Escape closes it and nothing is chosen by accident', async () => {
  render(<Harbour />);
  fireEvent.change(box(), { target: { value: 'aw' } });
  await waitFor(() => expect(options()).toEqual(['yawl']));
  fireEvent.keyDown(box(), { key: 'Escape' });
  expect(screen.queryByRole('listbox')).toBeNull();
  fireEvent.keyDown(box(), { key: 'Enter' });
  expect(box()).toBeDefined();
  fireEvent.change(box(), { target: { value: 'submarine' } });
  await waitFor(() => expect(options()).toEqual(['Nothing has such a name.']));
  fireEvent.keyDown(box(), { key: 'Enter' });
  expect(box()).toBeDefined();
});
