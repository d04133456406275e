/** Icons of 16 by 16, drawn here: one stroke, the colour of the text. */
const paths = {
  home: 'M2 7.5 8 2.500l6 5V14H9.500v-4h-3v4H2z',
  flask: 'M6 2h4M7 2v4L3 13a.8.8 0 0 0 .7 1h8.600a.8.8 0 0 0 .7-1L9 6V2M5 10h6',
  chart: 'M2 2v12h12M4.500 10.500 7.500 7l2.500 2L14 4',
  report: 'M4 2h6l3 3v9H4zM10 2v3h3M6 8h5M6 11h5',
  people: 'M6 7.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5M1.500 14c0-3 2-4.500 4.500-4.500s4.500 1.500 4.500 4.500M10.500 7.300a2.300 2.300 0 0 0 0-4.600M12 9.800c1.600.5 2.500 1.900 2.500 4.200',
  shield: 'M8 1.500 13.500 4v4c0 3.500-2.300 5.500-5.500 6.500C4.800 13.500 2.500 11.500 2.500 8V4z',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10M10.700 10.700 14.500 14.500',
  plus: 'M8 2.500v11M2.500 8h11',
  close: 'M3 3l10 10M13 3 3 13',
  copy: 'M5.500 5.500v-3h8v8h-3M2.500 5.500h8v8h-8z',
  check: 'M2.500 8.500 6.500 12.500 13.500 4',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7z',
  down: 'M3.500 6 8 10.500 12.500 6',
  right: 'M6 3.500 10.500 8 6 12.500',
  left: 'M10 3.500 5.500 8 10 12.500',
  up: 'M3.500 10 8 5.500l4.500 4.500',
  file: 'M4 2h5.500L13 5.500V14H4zM9.500 2v3.500H13',
  folder: 'M1.500 4h4.500l1.500 1.500h7V13h-13z',
  download: 'M8 2v8M4.500 7 8 10.500 11.500 7M2.500 13.500h11',
  trash: 'M2.500 4h11M6 4V2.500h4V4M4 4l.700 10h6.600L12 4M6.500 7v4.500M9.500 7v4.500',
  pin: 'M5 2h6l-1 5 2.500 2.500h-9L6 7zM8 9.500V14.500',
  expand: 'M9.500 2H14v4.500M14 2 9 7M6.500 14H2V9.500M2 14l5-5',
  eye: 'M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  box: 'M8 1.500 14 4.500v7L8 14.500 2 11.500v-7zM2 4.500l6 3 6-3M8 7.500v7',
  database: 'M2.500 4c0-1.200 2.500-2 5.500-2s5.500.800 5.500 2-2.500 2-5.500 2-5.500-.800-5.500-2zM2.500 4v8c0 1.200 2.500 2 5.500 2s5.500-.800 5.500-2V4M2.500 8c0 1.200 2.500 2 5.500 2s5.500-.800 5.500-2',
  clock: 'M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13M8 4.500V8l2.500 1.500',
  edit: 'M10.500 3 13 5.500 5.500 13H3v-2.500z',
  filter: 'M1.500 3h13L9.500 8.500V13l-3 1.500v-6z',
  columns: 'M2 2.500h12v11H2zM6 2.500v11M10 2.500v11',
  lineage: 'M1.500 2.500h4v4h-4zM10.500 1.500h4v4h-4zM10.500 10.500h4v4h-4zM5.500 4.500h5M8 4.500v8h2.500',
  endpoint: 'M8 10.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5M3.800 3.800a6 6 0 0 0 0 8.400M12.200 3.800a6 6 0 0 1 0 8.400',
  key: 'M10 9.500a3.500 3.500 0 1 0-3.300-2.300L2 12v2h2.500v-1.500H6V11l1.300-1.300c.8.4 1.700-.2 2.700-.2zM11 5h.01',
} as const;

export type IconName = keyof typeof paths;

/** Decoration: whatever it stands for is said in words beside it or in the label of its button. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 2.5 : 1.4} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
