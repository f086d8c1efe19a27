import { availableParallelism } from 'node:os';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

// `vite build --mode fake` bundles the fake backend too, for measuring the built window in an ordinary browser.
// The production build knows nothing of it: the branch is folded away, and no chunk is written.
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), svelteTesting()],
  define: { __FAKE__: JSON.stringify(mode !== 'production') },
  server: { port: 5173, strictPort: true, fs: { allow: ['..'] } },
  build: {
    target: ['es2022', 'safari16'],
    modulePreload: { polyfill: false },
    // The window's CSP has no `data:` for anything but images: keep assets as files.
    assetsInlineLimit: 0,
  },
  test: {
    environment: 'jsdom',
    include: ['src/tests/**/*.test.ts'],
    setupFiles: ['src/tests/setup.ts'],
    // Styles are read by the test of their contrast only.
    css: { include: [/app\.css/] },
    restoreMocks: true,
    // One more than there are cores: the tests wait for timers about half of their time.
    maxWorkers: availableParallelism() + 1,
    // Not a test of speed: a loaded machine is slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}));
