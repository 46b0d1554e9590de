// Every page in both languages and both themes: nothing breaks, nothing is inaccessible, nothing runs out of its box.
import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { hasBrowser } from '../support/browser.ts'
import { openUiStand, type UiStand } from './ui-stand.ts'

const inBrowser = hasBrowser() ? test : test.skip
/** A phone, and what people have on their desks. */
const WIDTHS = [360, 1280]

let stand: UiStand
let paths: readonly string[]
beforeAll(async () => {
  const keys = Array.from({ length: 30 }, (_, index) => `sk-page-${String(index).padStart(4, '0')}-0123456789abcdef`)
  stand = await openUiStand({
    upstreams: [
      { slug: 'with-a-rather-long-slug-that-somebody-chose', name: 'With keys', base_url: 'http://127.0.0.1:8081', adapter: 'openai-compatible', keys },
    ],
  })
  await stand.gateway.admin.expectOk('POST', '/client-keys', {
    name: 'a program',
    limits: { rpm: 60, max_in_flight: 10 },
    upstreams: ['with-a-rather-long-slug-that-somebody-chose'],
  })
  const account = await stand.gateway.admin.expectOk('POST', '/accounts', {
    name: 'team a',
    limits: { rpm: 600 },
    budget: { amount_usd: 250, period: 'month' },
  })
  const [entry] = (await stand.gateway.admin.expectOk('GET', '/audit?entity=account')).data
  const { id: routeId } = await stand.gateway.admin.expectOk('POST', '/routes', {
    name: 'a-rule-with-a-rather-long-name-that-somebody-chose-without-any-space',
    match: { path: '/chat/*rest', methods: ['GET', 'POST'], headers: [{ name: 'x-tier', equals: 'batch' }], query: [{ name: 'debug', present: true }] },
    action: { type: 'upstream', upstream: 'with-a-rather-long-slug-that-somebody-chose' },
    rewrite: { response_headers: [{ op: 'set', name: 'x-team', value: 'blue' }] },
    rate_limit: 100,
  })
  await stand.gateway.admin.expectOk('POST', '/routes', { path: '/off', target_url: 'http://127.0.0.1:8081/some/where', enabled: false })
  const id = stand.gateway.idOf('with-a-rather-long-slug-that-somebody-chose')
  paths = [
    '/overview',
    '/upstreams',
    '/upstreams?new',
    `/upstreams/${id}/keys`,
    `/upstreams/${id}/keys?paste`,
    `/upstreams/${id}/connect`,
    '/clients',
    '/clients?new',
    '/routes',
    '/routes/new',
    `/routes/${routeId}`,
    '/routes/explain?path=/off&method=POST',
    '/requests',
    '/requests?live=1',
    '/usage',
    '/jobs',
    '/jobs?new',
    '/accounts',
    '/accounts?new',
    `/accounts?change=${account.id}`,
    '/settings/users',
    '/settings/users?new',
    '/settings/system',
    '/settings/audit',
    `/settings/audit?entry=${entry.id}`,
    '/nowhere',
  ]
})
afterAll(() => stand?.close())

describe.each([
  ['en-US', 'light'],
  ['en-US', 'dark'],
  ['zh-CN', 'light'],
  ['zh-CN', 'dark'],
] as const)('%s, %s', (language, colorScheme) => {
  inBrowser(
    'every page is whole',
    async () => {
      const { page, faults } = await stand.openSignedIn('/overview', { language, colorScheme })
      for (const path of [...paths, '/sign-in', '/setup']) {
        await page.goto(`/ui${path}`)
        await page.getByRole('heading').first().waitFor()
        await page.getByText(/Loading…|加载中…/).waitFor({ state: 'detached' })
        const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        expect({ path, serious: serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 150)).join(' | ')}`) }).toEqual({
          path,
          serious: [],
        })
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 800 })
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
          expect({ path, width, overflow }).toEqual({ path, width, overflow: 0 })
        }
        expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(colorScheme === 'dark')
        expect(await page.evaluate(() => document.documentElement.lang)).toBe(language === 'zh-CN' ? 'zh-CN' : 'en')
        // A key of the messages where its text should be.
        expect(await page.locator('body').innerText()).not.toMatch(
          /\b(?:common|nav|error|signIn|setUp|overview|upstreams|keys|connect|clients|routes|requests|usage|jobs|spending|accounts|settings|users|system|audit)\.[a-z]+/i,
        )
      }
      expect(faults).toEqual([])
    },
    300_000,
  )
})

inBrowser(
  'theme and language are chosen, and kept',
  async () => {
    const { page } = await stand.openSignedIn('/overview')
    await page.getByLabel('Theme').selectOption('dark')
    await page.getByLabel('Language').selectOption('zh')
    await page.getByRole('heading', { name: '概览' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: '概览' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.className)).toBe('dark')
  },
  60_000,
)

inBrowser(
  'with the keyboard alone an upstream is created',
  async () => {
    const { page } = await stand.openSignedIn('/upstreams')
    await page.getByRole('button', { name: 'New upstream' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.getByLabel('Vendor').focus()
    await page.getByRole('option', { name: 'Any HTTP API' }).waitFor({ state: 'attached' })
    await page.keyboard.type('Any')
    await page.keyboard.press('Tab')
    await page.keyboard.type('by-keyboard')
    await page.keyboard.press('Tab')
    await page.keyboard.type('http://127.0.0.1:8081')
    await page.keyboard.press('Enter')
    // Its page opens with the box to paste keys into.
    await page.getByRole('dialog', { name: 'Paste keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'by-keyboard' }).waitFor()
  },
  60_000,
)
