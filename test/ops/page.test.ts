import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createPageRoutes, findPageDir } from '../../src/http/page.ts'

const dir = findPageDir(fileURLToPath(new URL('../../builds/lightweight/', import.meta.url)))
const files = readdirSync(dir)
const read = (name: string): string => readFileSync(`${dir}/${name}`, 'utf8')

const app = express()
app.disable('x-powered-by')
app.use(createPageRoutes({ dir, build: 'lightweight', version: '1.2.3', publicBaseUrl: 'https://gw.example.net', dataPlanePort: undefined }))
const server = createServer(app)
let base = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

test('browsers get the page, programs that ask for JSON a welcome, at / and at the set-up link', async () => {
  for (const path of ['/', '/setup']) {
    const page = await fetch(base + path, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await page.text()).toContain('<title>API Key Rotator</title>')
  }
  const welcome = await fetch(base, { headers: { accept: 'application/json' } })
  expect(await welcome.json()).toMatchObject({
    name: 'API Key Rotator',
    version: '1.2.3',
    docs: '/swagger/index.html',
    public_base_url: 'https://gw.example.net',
    data_plane_port: null,
  })
})

test('every file is served with its type and a strict policy, revalidates, and nothing else is reachable', async () => {
  for (const name of files) {
    const answer = await fetch(`${base}/page/${name}`)
    expect([name, answer.status]).toEqual([name, 200])
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toMatch(/unsafe|data:|\*/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await answer.text()).toBe(read(name))
    const again = await fetch(`${base}/page/${name}`, { headers: { 'if-none-match': answer.headers.get('etag') as string } })
    expect(again.status).toBe(304)
  }
  for (const path of ['/page/../package.json', '/page/..%2f..%2fpackage.json', '/page/%2e%2e%2fcompose.ts', '/page/', '/page/none.js', '/anything']) {
    expect([path, (await fetch(base + path)).status]).toEqual([path, 404])
  }
})

test('the page loads only its own files, which all exist', () => {
  const references = files.flatMap((name) =>
    [...read(name).matchAll(/(?:src|href|from)[= ]["'](?:\/page\/|\.\/)([\w.-]+)["']/g)].map((match) => match[1] as string),
  )
  expect(references.length).toBeGreaterThan(10)
  for (const reference of references) expect(files).toContain(reference)
  for (const name of files) expect(read(name)).not.toMatch(/(?:src|href)=["'](?:https?:)?\/\//)
})

test('browsers find an icon without asking for /favicon.ico', () => {
  expect(read('index.html')).toMatch(/<link rel="icon" href="\/page\/icon\.svg"/)
})

test('data can never become markup or code, and nothing is kept in the browser', () => {
  for (const name of files) {
    const text = read(name)
    expect(text).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|\beval\b|new Function|setTimeout\(\s*['"]/,
    )
    expect(text).not.toMatch(/localStorage|sessionStorage|indexedDB|document\.cookie/)
    if (name.endsWith('.html')) expect(text).not.toMatch(/\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)/)
    if (name.endsWith('.js')) expect(text).not.toMatch(/setAttribute\(['"](?:style|on)/)
  }
})
