// A pool in the browser: states with their reasons, tests, switches, deletion, filters in the address, markup as text.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { hasBrowser } from '../support/browser.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { openUiStand, type UiStand } from './ui-stand.ts'

const inBrowser = hasBrowser() ? test : test.skip
/** Would run, load or break out if it were taken for markup. */
const MARKUP = `<img src=x onerror="window.broken=1">'"}{{constructor.constructor('window.broken=1')()}}`

let stand: UiStand
let vendor: ChaosUpstream
beforeAll(async () => {
  vendor = await openChaosUpstream()
  stand = await openUiStand({
    upstreams: [
      { slug: 'served', base_url: vendor.url, adapter: 'openai-compatible', keys: ['sk-served-0123456789abcdef'] },
      { slug: 'pool', name: 'The pool', base_url: vendor.url, adapter: 'openai-compatible', keys: ['sk-one-0123456789abcdef', 'sk-two-0123456789abcdef'] },
    ],
  })
})
afterAll(async () => {
  await stand?.close()
  await vendor?.close()
})

const poolPath = (): string => `/upstreams/${stand.gateway.idOf('pool')}/keys`

inBrowser(
  'a key is tested, switched off and on, and deleted; its history tells of it',
  async () => {
    const { page, faults } = await stand.openSignedIn(poolPath())
    const row = page.getByRole('row').filter({ hasText: 'ready' }).first()
    await row.getByRole('button', { name: 'Test' }).click()
    await row.getByText(/works, \d+ ms|404|200/).waitFor()
    await row.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('1 ready, 0 cooling, 0 probing, 0 parked, 1 disabled').waitFor()
    const disabled = page.getByRole('row').filter({ hasText: 'disabled' }).first()
    await disabled.getByRole('button', { expanded: false }).click()
    await page.getByRole('heading', { name: 'History' }).waitFor()
    await page.getByText('by admin').first().waitFor()
    await disabled.getByRole('button', { name: 'Enable' }).click()
    await page.getByText('2 ready, 0 cooling').waitFor()
    await page.getByRole('row').filter({ hasText: 'ready' }).first().getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('1 ready, 0 cooling').waitFor()
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'filters are in the address, so that a view can be shared',
  async () => {
    const { page } = await stand.openSignedIn(`${poolPath()}?state=parked`)
    await page.getByText('No key matches.').waitFor()
    await page.getByLabel('State').selectOption('')
    await page.getByRole('row').filter({ hasText: 'ready' }).first().waitFor()
    expect(new URL(page.url()).search).toBe('')
  },
  60_000,
)

inBrowser(
  'names, labels and errors full of markup stay text',
  async () => {
    await stand.gateway.addUpstream({ slug: 'markup', name: MARKUP.slice(0, 100), base_url: vendor.url, adapter: 'openai-compatible' })
    const id = stand.gateway.idOf('markup')
    await stand.gateway.admin.expectOk('POST', `/upstreams/${id}/keys`, { value: 'sk-markup-0123456789abcdef', label: MARKUP.slice(0, 100) })
    await stand.gateway.admin.expectOk('POST', '/client-keys', { name: MARKUP.slice(0, 100) })
    const { page, faults } = await stand.openSignedIn('/overview')
    for (const path of ['/overview', '/upstreams', `/upstreams/${id}/keys`, `/upstreams/${id}/connect`, '/clients', `/${encodeURIComponent(MARKUP)}`]) {
      await page.goto(`/ui${path}`)
      await page.getByRole('heading').first().waitFor()
      await page.getByText('Loading…').waitFor({ state: 'detached' })
    }
    await page.goto(`/ui/upstreams/${id}/keys?paste`)
    await page.getByRole('textbox', { name: 'Keys' }).fill(`${MARKUP}\nhttps://${MARKUP}`)
    await page.getByText(/[1-9]\d* (?:not understood|unlike keys)/).waitFor()
    expect(await page.evaluate(() => (window as unknown as { broken?: unknown }).broken)).toBeUndefined()
    expect(await page.locator('img[src="x"]').count()).toBe(0)
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'what deletes a whole pool asks for its name',
  async () => {
    const { page } = await stand.openSignedIn(poolPath())
    await page.getByRole('button', { name: 'Delete' }).first().click()
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true)
    await dialog.getByLabel('pool').fill('pool')
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.waitForURL('**/ui/upstreams')
    expect((await stand.gateway.admin.call('GET', `/upstreams/${stand.gateway.idOf('pool')}`)).status).toBe(404)
  },
  60_000,
)

inBrowser(
  'a client key is rolled, and a revoked one is refused at once',
  async () => {
    const { key, name } = await stand.gateway.admin.expectOk('POST', '/client-keys', { name: 'to be revoked' })
    const status = async (value: string): Promise<number> =>
      (await fetch(`${stand.gateway.url}/llm/served/v1/ok`, { headers: { authorization: `Bearer ${value}` } })).status
    const { page } = await stand.openSignedIn('/clients')
    const row = page.getByRole('row').filter({ hasText: String(name) })
    await row.getByRole('button', { name: 'Roll' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Roll' }).click()
    const rolled = (await page.getByTestId('issued-key').textContent()) ?? ''
    expect(rolled).not.toBe(key)
    expect([await status(String(key)), await status(rolled)]).toEqual([200, 200])
    await page.getByRole('button', { name: 'I have copied it' }).click()
    await row.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await row.getByText('revoked', { exact: true }).waitFor()
    expect([await status(String(key)), await status(rolled)]).toEqual([401, 401])
  },
  60_000,
)
