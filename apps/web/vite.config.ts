import { defineConfig } from 'vite';

/**
 * The page is built to static files that the gateway serves. Every address in them is relative, so the same build works
 * at the root and under a path prefix, and nothing is inlined, so a strict content security policy holds.
 */
export default defineConfig({
  base: './',
  build: {
    outDir: 'dist',
    // data: addresses would need an exception in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
