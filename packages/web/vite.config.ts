// Builds the web app: the page, and the service worker with the list of the files that it keeps.
// Everything comes from our own origin, and no script is inline (SECURITY.md §4.1).
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { bareRoutes, fontPreload, parsedWords, serviceWorker, withoutUnused } from './vite.plugins.ts'

const server = process.env['SERVER_URL'] ?? 'http://127.0.0.1:3000'
const proxy = {
  '/api': { target: server },
  '/socket.io': { target: server, ws: true },
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    // All components are `<script setup>`: the older way of writing them is left out of the build.
    vue({ features: { optionsAPI: false } }),
    parsedWords(),
    withoutUnused(),
    bareRoutes(),
    fontPreload(),
    serviceWorker(),
  ],
  define: {
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: 'es2022',
    // The polyfill would be one more script for browsers that the target leaves out anyway.
    modulePreload: {
      polyfill: false,
      // For what comes later only its styles are named in the first load: the names of scripts that scripts ask for
      // would weigh more there than they save, and once the service worker is there, nothing is fetched twice.
      resolveDependencies: (_url, names, { hostType }) =>
        hostType === 'js' ? names.filter((name) => name.endsWith('.css')) : names,
    },
    reportCompressedSize: false,
    // A data: font or script would need a wider content security policy.
    assetsInlineLimit: 0,
  },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
})
