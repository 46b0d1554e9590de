// Accounts, people, settings and the record of changes in the browser; and what people do not see.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { hasBrowser, type WatchedPage } from '../support/browser.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { openUiStand, type UiStand } from './ui-stand.ts'

const inBrowser = hasBrowser() ? test : test.skip
const PASSWORD = 'Quarry-lantern-73-moss'

let stand: UiStand
let vendor: ChaosUpstream
beforeAll(async () => {
  vendor = await openChaosUpstream()
  stand = await openUiStand({
    upstreams: ['shared', 'closed'].map((slug) => ({ slug, base_url: vendor.url, adapter: 'openai-compatible', keys: [`sk-${slug}-0123456789abcdef`] })),
  })
})
afterAll(async () => {
  await stand?.close()
  await vendor?.close()
})

const ask = async (slug: string, key: string): Promise<number> =>
  (await fetch(`${stand.gateway.url}/llm/${slug}/v1/ok`, { headers: { authorization: `Bearer ${key}` } })).status

async function openAs(username: string, path: string): Promise<WatchedPage> {
  const watched = await stand.open()
  const data = { username, password: PASSWORD, session: 'cookie' }
  expect((await watched.context.request.post('/api/admin/login', { data })).status()).toBe(200)
  await watched.page.goto(`/ui${path}`)
  return watched
}

const railOf = async (page: Page): Promise<string[]> => {
  const links = page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link')
  await links.first().waitFor()
  return links.allInnerTexts()
}

inBrowser(
  'an account is bound to an upstream; a client key in it is refused elsewhere, and more than its limit',
  async () => {
    const { page, faults } = await stand.openSignedIn('/accounts')
    await page.getByText('No account yet.').waitFor()
    await page.getByRole('button', { name: 'New account' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('team a')
    await dialog.getByLabel('Only these').check()
    await dialog.getByLabel('shared').check()
    await dialog.getByLabel('Requests per day').fill('0')
    await dialog.getByLabel('Counted in').selectOption('US dollars')
    await dialog.getByLabel('Amount').fill('250')
    await dialog.getByRole('button', { name: 'New account' }).click()
    // What the API does not take stands at its field.
    await dialog.getByText(/^Too small/).waitFor()
    expect(await dialog.getByLabel('Requests per day').getAttribute('aria-invalid')).toBe('true')
    await dialog.getByLabel('Requests per day').fill('2')
    await dialog.getByRole('button', { name: 'New account' }).click()
    const row = page.getByRole('row').filter({ hasText: 'team a' })
    await row.getByText('2/day').waitFor()
    await row.getByText('$250.00 a month').waitFor()

    await row.getByRole('link', { name: 'Client keys: team a' }).click()
    await page.getByText('Only those of one account are shown.').waitFor()
    await page.getByRole('button', { name: 'Issue a client key' }).click()
    await dialog.getByLabel('Name').fill('program of a')
    expect(await dialog.getByLabel('Account').locator('option:checked').innerText()).toBe('team a')
    await dialog.getByRole('button', { name: 'Issue a client key' }).click()
    const key = (await page.getByTestId('issued-key').textContent()) ?? ''
    await page.getByRole('button', { name: 'I have copied it' }).click()
    expect([await ask('closed', key), await ask('shared', key), await ask('shared', key), await ask('shared', key)]).toEqual([403, 200, 200, 429])

    await page.goto('/ui/accounts')
    await row.getByRole('link', { name: '1 Client keys: team a' }).waitFor()
    await row.getByRole('button', { name: 'Change team a' }).click()
    await dialog.getByText('Spent so far: $').waitFor()
    await dialog.getByLabel('Requests per day').fill('')
    await dialog.getByLabel('closed').check()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('shared, closed').waitFor()
    expect([await ask('closed', key), await ask('shared', key)]).toEqual([200, 200])

    await row.getByRole('button', { name: 'Disable team a' }).click()
    await dialog.getByRole('button', { name: 'Disable' }).click()
    await row.getByText('disabled').waitFor()
    expect(await ask('shared', key)).toBe(401)

    // What takes client keys with it asks for its name.
    await row.getByRole('button', { name: 'Delete: team a' }).click()
    await dialog.getByText('Its 1 client keys and 0 people').waitFor()
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true)
    await dialog.getByLabel('team a').fill('team a')
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('No account yet.').waitFor()
    expect(await ask('shared', key)).toBe(401)
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'a client key is issued with restrictions, and changed; mistakes stand at their lines',
  async () => {
    const { page, faults } = await stand.openSignedIn('/clients?new')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('narrow')
    await dialog.getByLabel('Only these').check()
    await dialog.getByLabel('shared').check()
    await dialog.getByLabel('Requests per minute').fill('100')
    await dialog.getByLabel('Requests at once').fill('7')
    await dialog.getByLabel('Models').fill('gpt-4o*')
    await dialog.getByLabel('Networks').fill('127.0.0.0/8\nnowhere at all')
    await dialog.getByRole('button', { name: 'Issue a client key' }).click()
    await dialog.getByText('Line 2: must be an address or a CIDR').waitFor()
    await dialog.getByLabel('Networks').fill('127.0.0.0/8')
    await dialog.getByLabel('Expires').fill('2001-01-01T00:00')
    await dialog.getByRole('button', { name: 'Issue a client key' }).click()
    await dialog.getByText('must be in the future').waitFor()
    await dialog.getByLabel('Expires').fill('2100-01-01T00:00')
    await dialog.getByRole('button', { name: 'Issue a client key' }).click()
    const key = (await page.getByTestId('issued-key').textContent()) ?? ''
    await page.getByRole('button', { name: 'I have copied it' }).click()
    const row = page.getByRole('row').filter({ hasText: 'narrow' })
    await row.getByText('100/min, 7 at once').waitFor()
    expect([await ask('shared', key), await ask('closed', key)]).toEqual([200, 403])
    await row.getByRole('button', { name: 'Change' }).click()
    expect(await dialog.getByLabel('Models').inputValue()).toBe('gpt-4o*')
    await dialog.getByLabel('All, those of the future too').check()
    await dialog.getByLabel('Requests at once').fill('')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('100/min', { exact: true }).waitFor()
    expect([await ask('shared', key), await ask('closed', key)]).toEqual([200, 200])
    const [stored] = (await stand.gateway.admin.expectOk('GET', '/client-keys?search=narrow')).data
    expect(stored).toMatchObject({ upstreams: null, models: ['gpt-4o*'], networks: ['127.0.0.0/8'], limits: { rpm: 100, max_in_flight: null } })
    expect(Date.parse(stored.expires_at)).toBeGreaterThan(Date.parse('2099-12-01T00:00:00Z'))
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'somebody is added, becomes another role, gets another password, and is gone; the record tells of it and is whole',
  async () => {
    const { page, faults } = await stand.openSignedIn('/settings')
    await page.waitForURL('**/ui/settings/users')
    await page.getByRole('button', { name: 'New user' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Grace')
    await dialog.getByLabel('Password').fill('short')
    await dialog.getByRole('button', { name: 'New user' }).click()
    await dialog.locator('[aria-invalid=true]').waitFor()
    await dialog.getByLabel('Password').fill(`${PASSWORD}-first`)
    await dialog.getByRole('button', { name: 'New user' }).click()
    const row = page.getByRole('row').filter({ hasText: 'grace' })
    await row.getByLabel('Role of grace').selectOption('operator')
    await page.getByText('grace was changed.', { exact: true }).waitFor()
    await row.getByRole('button', { name: 'Set a password' }).click()
    await dialog.getByLabel('New password').fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Set a password' }).click()
    await page.getByText('The password of grace was changed.', { exact: true }).waitFor()
    const other = await openAs('grace', '/upstreams')
    await other.page.getByRole('button', { name: 'New upstream' }).waitFor()
    await row.getByRole('button', { name: 'Disable grace' }).click()
    await row.getByText('disabled').waitFor()
    await other.page.goto('/ui/clients')
    await other.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await row.getByRole('button', { name: 'Delete: grace' }).click()
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await row.waitFor({ state: 'detached' })

    await page.getByRole('link', { name: 'Audit' }).click()
    await page.getByLabel('Kind of thing').selectOption('user')
    await page.getByRole('row').filter({ hasText: 'user.remove' }).waitFor()
    expect(await page.getByRole('row').filter({ hasText: 'client_key.' }).count()).toBe(0)
    await page.getByRole('row').filter({ hasText: 'role' }).filter({ hasNotText: 'username' }).getByRole('button').click()
    await dialog.getByRole('row').filter({ hasText: 'role' }).getByText('operator').waitFor()
    expect(await dialog.innerText()).not.toContain(PASSWORD)
    expect(new URL(page.url()).searchParams.get('entry')).toMatch(/^aud_/)
    await page.keyboard.press('Escape')
    await page.getByLabel('What was done').fill('nothing.of.the.kind')
    await page.keyboard.press('Enter')
    await page.getByText('No entry matches.').waitFor()
    await page.getByRole('button', { name: 'Is the record whole?' }).click()
    await page.getByText(/The record is whole: all \d+ entries fit\.$/).waitFor()
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'the system page says how the gateway is; the log level changes',
  async () => {
    const { page, faults } = await stand.openSignedIn('/settings/system')
    await page.getByText('All is well').waitFor()
    await page.getByText('lightweight', { exact: true }).waitFor()
    await page.getByRole('heading', { name: 'Processes' }).waitFor()
    await page.getByLabel('Log level').selectOption('debug')
    await page.getByText('The log level is debug now.', { exact: true }).waitFor()
    expect((await stand.gateway.admin.expectOk('GET', '/settings')).log_level).toBe('debug')
    await page.getByLabel('Log level').selectOption('info')
    await page.getByText('The log level is info now.', { exact: true }).waitFor()
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'who may only read sees no buttons, and no pages for admins',
  async () => {
    await stand.gateway.admin.expectOk('POST', '/users', { username: 'reader', password: PASSWORD, role: 'viewer' })
    await stand.gateway.admin.expectOk('POST', '/accounts', { name: 'seen by readers' })
    const { page, faults } = await openAs('reader', '/accounts?new')
    await page.getByRole('row').filter({ hasText: 'seen by readers' }).waitFor()
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0)
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.goto('/ui/clients?new')
    await page.getByRole('heading', { name: 'Client keys' }).waitFor()
    await page.getByText('Loading…').waitFor({ state: 'detached' })
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0)
    for (const path of ['/settings', '/settings/audit']) {
      await page.goto(`/ui${path}`)
      await page.waitForURL('**/ui/settings/system')
    }
    await page.getByText('All is well').waitFor()
    expect(await page.getByRole('navigation', { name: 'Settings' }).getByRole('link').allInnerTexts()).toEqual(['System'])
    expect(await page.getByRole('main').getByRole('combobox').count()).toBe(0)
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'people of an account see its pages and nothing of the gateway',
  async () => {
    const { admin } = stand.gateway
    const { id } = await admin.expectOk('POST', '/accounts', { name: 'tenant', bindings: [{ upstream: 'shared' }] })
    await admin.expectOk('POST', '/accounts', { name: 'neighbour' })
    await admin.expectOk('POST', '/client-keys', { name: 'key of the gateway' })
    await admin.expectOk('POST', '/users', { username: 'tenant-admin', password: PASSWORD, role: 'admin', account_id: id })
    await admin.expectOk('POST', '/users', { username: 'tenant-reader', password: PASSWORD, role: 'viewer', account_id: id })
    const { page, faults } = await openAs('tenant-admin', '/overview')
    await page.waitForURL('**/ui/accounts')
    await page.getByRole('row').filter({ hasText: 'tenant' }).waitFor()
    expect(await page.getByText('neighbour').count()).toBe(0)
    expect(await railOf(page)).toEqual(['Client keys', 'Requests', 'Usage', 'Jobs', 'Accounts', 'Settings', 'API documentation'])
    await page.goto('/ui/settings')
    await page.getByRole('row').filter({ hasText: 'tenant-reader' }).waitFor()
    expect(await page.getByRole('navigation', { name: 'Settings' }).getByRole('link').allInnerTexts()).toEqual(['Users and roles'])
    expect(await page.getByRole('main').getByRole('row').count()).toBe(3)
    await page.goto('/ui/clients?new')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('key of the tenant')
    expect(await dialog.getByLabel('Account').count()).toBe(0)
    await dialog.getByRole('button', { name: 'Issue a client key' }).click()
    const key = (await page.getByTestId('issued-key').textContent()) ?? ''
    expect([await ask('shared', key), await ask('closed', key)]).toEqual([200, 403])
    await page.getByRole('button', { name: 'I have copied it' }).click()
    await page.getByRole('row').filter({ hasText: 'key of the tenant' }).waitFor()
    expect(await page.getByText('key of the gateway').count()).toBe(0)
    for (const path of ['/requests?live=1', '/usage', '/jobs']) {
      await page.goto(`/ui${path}`)
      await page.getByRole('heading').first().waitFor()
      await page.getByText('Loading…').waitFor({ state: 'detached' })
      expect(await page.getByRole('main').getByRole('button').count()).toBe(0)
    }
    expect(await railOf((await openAs('tenant-reader', '/settings')).page)).not.toContain('Settings')
    expect(faults).toEqual([])
  },
  60_000,
)
