import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// A server to talk to while the pages are worked on: SLIPWAY_URL=http://127.0.0.1:5000 npm run dev
const server = process.env.SLIPWAY_URL ?? 'http://127.0.0.1:5000';
const api = ['/api', '/ajax-api', '/get-artifact', '/signin', '/signout', '/setup', '/openapi.json', '/version', '/healthz'];
const proxy = Object.fromEntries(api.map((path) => [path, { target: server, changeOrigin: true, headers: { origin: server } }]));

export default defineConfig({
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
  build: {
    outDir: '../artifacts/web/files',
    emptyOutDir: true,
    // The policy of the pages allows no inline script and no data: font; everything is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 700,
  },
  worker: { format: 'es' },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    // A machine that builds at the same time is slow; a test that hangs is found all the same.
    testTimeout: 30_000,
  },
});
