import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// A server to talk to while the pages are worked on: SLIPWAY_URL=http://127.0.0.1:5000 npm run dev
const server = process.env.SLIPWAY_URL ?? 'http://127.0.0.1:5000';
const api = ['/api', '/ajax-api', '/get-artifact', '/signin', '/signout', '/setup', '/openapi.json', '/version', '/healthz', '/v1', '/v2', '/predictions', '/explanations', '^/endpoints/[^/]+/[^?]', '/model-versions'];
const proxy = Object.fromEntries(api.map((path) => [path, { target: server, changeOrigin: true, headers: { origin: server } }]));

// What each address needs beside the frame. The server names these files in the page, so that they come together with the frame and not after it.
const ahead: Record<string, string[]> = {
  '': ['home/HomePage'],
  experiments: ['tracking/ExperimentsPage'],
  'experiments/': ['tracking/RunsPage'],
  'runs/': ['tracking/RunPage'],
  'runs/?tab=metrics': ['tracking/RunPage', 'tracking/RunMetrics', 'ui/echarts'],
  compare: ['compare/ComparePage', 'ui/echarts'],
};

/** Writes which files those are: their names are known only when all is bundled. */
function preloads(): Plugin {
  return {
    name: 'preloads',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === 'chunk');
      const withImports = (name: string, into = new Set<string>()): Set<string> => {
        const chunk = bundle[name];
        if (chunk?.type !== 'chunk' || into.has(name)) return into;
        into.add(name);
        for (const css of chunk.viteMetadata?.importedCss ?? []) into.add(css);
        for (const imported of chunk.imports) withImports(imported, into);
        return into;
      };
      const frame = withImports(chunks.find((one) => one.isEntry)!.fileName);
      const files = Object.fromEntries(
        Object.entries(ahead).map(([address, modules]) => {
          const names = modules.map((module) => chunks.find((one) => one.facadeModuleId?.replace(/\.tsx?$/, '').endsWith(`/src/${module}`))?.fileName ?? this.error(`${module} is no chunk of its own.`));
          return [address, [...new Set(names.flatMap((name) => [...withImports(name)]))].filter((name) => !frame.has(name)).map((name) => `/${name}`)];
        }),
      );
      this.emitFile({ type: 'asset', fileName: 'preloads.json', source: JSON.stringify(files) });
    },
  };
}

export default defineConfig({
  plugins: [react(), preloads()],
  server: { proxy },
  preview: { proxy },
  build: {
    outDir: '../artifacts/web/files',
    emptyOutDir: true,
    // The policy of the pages allows no inline script and no data: font; everything is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 800,
  },
  worker: { format: 'es' },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    // A machine that builds at the same time is slow; a test that hangs is found all the same.
    testTimeout: 30_000,
  },
});
