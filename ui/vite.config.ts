// Builds the web UI into static files that the gateway serves; in development hands API calls to a gateway on port 8000.
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const GATEWAY = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:8000'
const SURFACES = ['/api', '/llm', '/proxy', '/v1', '/swagger', '/health', '/metrics', '/ws']

export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  plugins: [vue(), tailwindcss()],
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    assetsDir: 'assets',
    // Every file comes from this origin by a script or link tag: nothing inline, nothing that a strict policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    manifest: true,
  },
  server: { proxy: Object.fromEntries(SURFACES.map((path) => [path, { target: GATEWAY, ws: path === '/ws' }])) },
})
