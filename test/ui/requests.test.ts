// Requests in the browser: the log with its filters, one request with its attempts, and the live feed.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { hasBrowser } from '../support/browser.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { until } from '../support/until.ts'
import { openUiStand, type UiStand } from './ui-stand.ts'

const inBrowser = hasBrowser() ? test : test.skip
const FIRST = 'sk-first-0123456789abcdef'

let stand: UiStand
let vendor: ChaosUpstream
beforeAll(async () => {
  vendor = await openChaosUpstream()
  vendor.script(FIRST, () => ({ status: 429, retryAfter: 60, body: { error: { message: 'slow down', type: 'rate_limit_error' } } }))
  stand = await openUiStand({
    upstreams: [
      { slug: 'switching', base_url: vendor.url, adapter: 'openai-compatible', keys: [FIRST, 'sk-second-0123456789abcdef'] },
      { slug: 'counted', base_url: vendor.url, adapter: 'openai-compatible', keys: ['sk-fourth-0123456789abcdef'] },
      { slug: 'other', base_url: vendor.url, adapter: 'openai-compatible', keys: ['sk-third-0123456789abcdef'] },
    ],
  })
})
afterAll(async () => {
  await stand?.close()
  await vendor?.close()
})

const get = (slug: string, id: string): Promise<Response> =>
  fetch(`${stand.gateway.url}/llm/${slug}/v1/ok`, { headers: { authorization: `Bearer ${stand.gateway.clientKey}`, 'x-request-id': id } })

inBrowser(
  'a failure that nobody saw stands in the log, with both attempts in its waterfall',
  async () => {
    const ids = ['failed-over-1', 'failed-over-2']
    for (const id of ids) expect((await get('switching', id)).status).toBe(200)
    expect((await get('other', 'straight-on-1')).status).toBe(200)
    // The page is opened when they are stored.
    for (const id of [...ids, 'straight-on-1']) await until(async () => (await stand.gateway.admin.call('GET', `/logs/${id}`)).status === 200)
    const { page, faults } = await stand.openSignedIn('/requests?outcome=absorbed')
    await page
      .getByRole('button', { name: /Request failed-over-\d/ })
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Attempt 1').waitFor()
    await dialog.getByText('Attempt 2').waitFor()
    await dialog.getByText(/429/).first().waitFor()
    expect(await dialog.innerText()).not.toContain(FIRST)
    // An opened request can be shared.
    expect(new URL(page.url()).searchParams.get('request')).toMatch(/^failed-over-/)
    await page.keyboard.press('Escape')
    await page.getByLabel('Outcome').selectOption('ok')
    await page.getByRole('button', { name: 'Request straight-on-1' }).waitFor()
    expect(await page.getByRole('button', { name: /Request failed-over/ }).count()).toBeLessThan(2)
    await page.getByLabel('Upstream').selectOption('switching')
    expect(new URL(page.url()).searchParams.get('upstream')).toBe('switching')
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'live, a request stands there as soon as it has ended; while somebody reads, nothing moves',
  async () => {
    const { page, faults } = await stand.openSignedIn('/requests?live=1')
    await page.getByRole('heading', { name: 'Requests' }).waitFor()
    await page.getByText('Connecting…').waitFor({ state: 'detached' })
    expect((await get('other', 'seen-live-1')).status).toBe(200)
    await page.getByRole('button', { name: 'Request seen-live-1' }).hover()
    expect((await get('other', 'seen-live-2')).status).toBe(200)
    await page.getByText('One more request').waitFor()
    expect(await page.getByRole('button', { name: 'Request seen-live-2' }).count()).toBe(0)
    await page.mouse.move(1, 1)
    await page.getByRole('button', { name: 'Request seen-live-2' }).waitFor()
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'usage adds up what was asked, by upstream and by day',
  async () => {
    for (const id of ['counted-1', 'counted-2', 'counted-3']) expect((await get('counted', id)).status).toBe(200)
    const { page, faults } = await stand.openSignedIn('/usage?by=upstream')
    // Rows are stored in batches; the page is looked at again until they are.
    const row = page.getByRole('row').filter({ hasText: 'counted' })
    await until(async () => {
      await page.reload()
      await page.getByRole('heading').waitFor()
      await page.getByText('Loading…').waitFor({ state: 'detached' })
      return (await row.count()) > 0 && (await row.getByRole('cell').nth(1).innerText()) === '3'
    })
    await page.getByLabel('By').selectOption('day')
    await page
      .getByRole('row')
      .filter({ hasText: new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date()) })
      .waitFor()
    expect(faults).toEqual([])
  },
  60_000,
)
