import { availableParallelism } from 'node:os';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

// `vite build --mode fake` bundles the fake backend too, for measuring the built window in an ordinary browser.
// The production build leaves the branch out and writes no chunk for it.
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), svelteTesting()],
  define: { __FAKE__: JSON.stringify(mode !== 'production') },
  server: { port: 5173, strictPort: true, fs: { allow: ['..'] } },
  build: {
    target: ['es2022', 'safari16'],
    modulePreload: { polyfill: false },
    // The window's CSP has no `data:` for anything but images: keep assets as files.
    assetsInlineLimit: 0,
    // The window, and the quick switch.
    rolldownOptions: { input: ['index.html', 'quick.html'] },
  },
  test: {
    environment: 'jsdom',
    include: ['src/tests/**/*.test.ts'],
    setupFiles: ['src/tests/setup.ts'],
    // Only the contrast test reads styles.
    css: { include: [/(app|contrast)\.css/] },
    restoreMocks: true,
    // One more than there are cores: the tests wait for timers about half of their time.
    maxWorkers: availableParallelism() + 1,
    // Tests are not about speed, and a loaded machine is slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}));
