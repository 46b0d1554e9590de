// Routes in the browser: made and called, warned of, switched, changed by two at once, refused at their fields, tried without being sent.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { hasBrowser } from '../support/browser.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { openUiStand, type UiStand } from './ui-stand.ts'

const inBrowser = hasBrowser() ? test : test.skip

let stand: UiStand
let vendor: ChaosUpstream
beforeAll(async () => {
  vendor = await openChaosUpstream()
  stand = await openUiStand({
    upstreams: [
      {
        slug: 'pool',
        name: 'The pool',
        base_url: vendor.url,
        adapter: 'openai-compatible',
        keys: ['sk-one-0123456789abcdef0123456789abaaaa', 'sk-two-0123456789abcdef0123456789abbbbb'],
      },
    ],
  })
})
afterAll(async () => {
  await stand?.close()
  await vendor?.close()
})

const create = (body: object): Promise<Record<string, unknown>> => stand.gateway.admin.expectOk('POST', '/routes', body)
const statusOf = async (path: string): Promise<number> => (await stand.gateway.send('GET', path)).responses[0]?.status ?? 0
const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const save = (page: Page): Promise<void> => page.getByRole('button', { name: 'Save' }).click()

inBrowser(
  'a route that forwards is made in the browser and works at once',
  async () => {
    const { page, faults } = await stand.openSignedIn('/routes')
    await page.getByText('No route yet.').waitFor()
    await page.getByRole('button', { name: 'New route' }).click()
    await page.getByLabel('Path', { exact: true }).fill('/made/here')
    await page.getByLabel('GET', { exact: true }).check()
    await page.getByLabel('Target address').fill(`${vendor.url}/ok`)
    await page.getByLabel('Requests at most').fill('1000')
    await page.getByRole('button', { name: 'Change a header of the request' }).click()
    await page.getByRole('group', { name: 'Headers of the request' }).getByLabel('Name').fill('x-team')
    await page.getByRole('group', { name: 'Headers of the request' }).getByLabel('Value').fill('blue')
    await save(page)
    const row = rowOf(page, 'GET /made/here')
    await row.getByText(`forwards to ${vendor.url}/ok`).waitFor()
    await row.getByText('1000 per 60 s').waitFor()
    expect(await statusOf('/made/here')).toBe(200)
    expect(vendor.ledger.entries.at(-1)?.rawHead).toContain('x-team: blue')
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'a rule refuses with its message',
  async () => {
    const { page } = await stand.openSignedIn('/routes/new')
    await page.getByLabel('Path', { exact: true }).fill('/closed/*rest')
    await page.getByLabel('Action').selectOption('Refuse')
    await page.getByLabel('Status').fill('451')
    await page.getByLabel('Message').fill('Closed for the season.')
    await save(page)
    await rowOf(page, '/closed/*rest').getByText('refuses with 451: Closed for the season.').waitFor()
    const answer = await fetch(`${stand.gateway.url}/closed/door`)
    expect(answer.status).toBe(451)
    expect(await answer.text()).toContain('Closed for the season.')
  },
  60_000,
)

inBrowser(
  'a route that can never be reached is saved with a warning that names the other',
  async () => {
    const before = await create({ name: 'the broad one', priority: 5, match: { path: '/shadowed/*rest' }, action: { type: 'mock' } })
    const { page } = await stand.openSignedIn('/routes/new')
    await page.getByLabel('Path', { exact: true }).fill('/shadowed/page')
    await page.getByLabel('Action').selectOption('Answer by itself')
    await save(page)
    const warning = page.getByRole('status').filter({ hasText: 'comes first and takes everything that this route would' })
    await warning.waitFor()
    expect(await warning.getByRole('link', { name: 'the broad one' }).getAttribute('href')).toBe(`/ui/routes/${String(before['id'])}`)
    // It is stored, and what is done next changes it.
    await page.waitForURL(/\/ui\/routes\/rte_/)
    await page.getByLabel('Priority').fill('6')
    await save(page)
    await rowOf(page, '/shadowed/page').getByText('6', { exact: true }).waitFor()
  },
  60_000,
)

inBrowser(
  'mistakes stand at their fields',
  async () => {
    const { page } = await stand.openSignedIn('/routes/new')
    await page.getByLabel('Path', { exact: true }).fill('/a/:/b')
    await page.getByLabel('Target address').fill('ftp://somewhere')
    await page.getByLabel('Timeout').fill('soon')
    await page.getByRole('button', { name: 'Add a header condition' }).click()
    await page.getByRole('group', { name: 'Conditions on headers' }).getByLabel('Name').fill('x-tier')
    const of = async (label: string): Promise<string> => {
      const field = page.getByLabel(label, { exact: true })
      const hint = await field.getAttribute('aria-describedby')
      return (await field.getAttribute('aria-invalid')) === 'true' ? ((await page.locator(`[id="${hint}"]`).textContent()) ?? '') : ''
    }
    await save(page)
    await page.getByRole('alert').filter({ hasText: 'The route was not saved.' }).waitFor()
    // What the shape of the request forbids is told first.
    expect(await of('Timeout in seconds')).toMatch(/number/)
    await page.getByLabel('Timeout').fill('')
    await save(page)
    await page
      .getByText(/character 5/)
      .first()
      .waitFor()
    expect(await of('Path')).toMatch(/^character 5: /)
    expect(await of('Target address')).toMatch(/http/)
    expect(await of('Timeout in seconds')).toBe('')
    expect((await stand.gateway.admin.expectOk('GET', '/routes?search=somewhere'))['total']).toBe(0)
  },
  60_000,
)

inBrowser(
  'a route that is switched off answers 404 at once; a refused switch goes back',
  async () => {
    await create({ name: 'the switched one', path: '/switched', target_url: `${vendor.url}/ok` })
    expect(await statusOf('/switched')).toBe(200)
    const { page } = await stand.openSignedIn('/routes')
    const toggle = page.getByRole('switch', { name: 'Route the switched one' })
    const answered = page.waitForResponse((response) => response.request().method() === 'PATCH')
    await toggle.click()
    expect((await answered).status()).toBe(200)
    expect(await statusOf('/switched')).toBe(404)
    expect(await toggle.getAttribute('aria-checked')).toBe('false')

    // Seen before it is answered, and taken back when the answer is no.
    let refuse = (): void => undefined
    const held = new Promise<void>((resolve) => (refuse = resolve))
    await page.route('**/api/admin/routes/rte_*', async (route) => {
      await held
      await route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"detail":"Not now.","code":"conflict"}' })
    })
    await toggle.click()
    await page.locator('[role=switch][aria-checked=true][aria-busy=true]').waitFor()
    refuse()
    await page.getByText('Not now.').first().waitFor()
    await page.locator('[role=switch][aria-checked=false][aria-label="Route the switched one"]').waitFor()
  },
  60_000,
)

inBrowser(
  'what somebody else saved meanwhile is not overwritten',
  async () => {
    const { id } = await create({ name: 'shared', path: '/shared', target_url: `${vendor.url}/ok` })
    const { page } = await stand.openSignedIn(`/routes/${String(id)}`)
    await page.getByRole('heading', { name: 'shared' }).waitFor()
    await stand.gateway.admin.expectOk('PATCH', `/routes/${String(id)}`, { priority: 7 })
    await page.getByLabel('Name', { exact: true }).first().fill('mine')
    await save(page)
    await page.getByRole('alert').filter({ hasText: 'Somebody else changed this route meanwhile.' }).getByText('Changed there: priority.').waitFor()
    await page.getByRole('button', { name: 'Load what is saved now' }).click()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    expect(await page.getByLabel('Priority').inputValue()).toBe('7')
    await page.getByLabel('Name', { exact: true }).first().fill('mine after theirs')
    await save(page)
    await rowOf(page, 'mine after theirs').getByText('7', { exact: true }).waitFor()
  },
  60_000,
)

inBrowser(
  'what the form does not show survives a change; then the route is deleted',
  async () => {
    const client = await stand.gateway.admin.expectOk('POST', '/client-keys', { name: 'the only one' })
    const { id } = await create({
      name: 'limited',
      match: { path: '/limited', client_key_ids: [client['id']], query: [{ name: 'debug', present: false }], methods: ['POST'] },
      action: { type: 'mock', status: 201, headers: { 'x-kept': 'yes' }, body: 'hello' },
      rewrite: { response_headers: [{ op: 'remove', name: 'x-gone' }] },
      rate_limit: 5,
      rate_limit_window_seconds: 10,
      timeout: 1.5,
    })
    const stored = await stand.gateway.admin.expectOk('GET', `/routes/${String(id)}`)
    const { page } = await stand.openSignedIn(`/routes/${String(id)}`)
    await page.getByText('also limited to certain client keys').waitFor()
    await page.getByLabel('Priority').fill('3')
    await save(page)
    await rowOf(page, 'limited').getByText('3', { exact: true }).waitFor()
    const { updated_at: _, ...after } = await stand.gateway.admin.expectOk('GET', `/routes/${String(id)}`)
    const { updated_at: __, ...before } = stored
    expect(after).toEqual({ ...before, priority: 3 })

    await rowOf(page, 'limited').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await rowOf(page, 'limited').waitFor({ state: 'detached' })
    expect((await stand.gateway.admin.call('GET', `/routes/${String(id)}`)).status).toBe(404)
  },
  60_000,
)

inBrowser(
  'the dry run tells the route, the reason, the key, and why not the others; nothing is sent',
  async () => {
    await create({
      name: 'to the pool',
      match: { path: '/chat/*rest', headers: [{ name: 'x-tier', equals: 'batch' }], model: 'gpt-*' },
      action: { type: 'upstream', upstream: 'pool' },
    })
    await create({ name: 'never so', priority: 9, match: { path: '/chat/*rest', headers: [{ name: 'x-tier', equals: 'gold' }] }, action: { type: 'mock' } })
    const sent = vendor.ledger.entries.length
    const { page, faults } = await stand.openSignedIn('/routes/explain')
    await page.getByLabel('Method').selectOption('POST')
    await page.getByLabel('Path and query').fill('/chat/completions?token=secret')
    await page.getByLabel('Headers, one per line').fill('X-Tier: batch')
    await page.getByLabel('Model in the JSON body').fill('gpt-4o')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByRole('heading', { name: 'to the pool takes it.' }).waitFor()
    await page.getByText('The path suits /chat/*rest, all conditions hold').waitFor()
    await page.getByRole('heading', { name: /^Next key:\s+\S*…(?:aaaa|bbbb)$/ }).waitFor()
    await page.getByText('Why not the other keys').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'never so' }).getByText('The header x-tier is missing or has another value.').waitFor()
    expect(vendor.ledger.entries.length).toBe(sent)
    expect(page.url()).toContain('path=/chat/completions')
    expect(page.url()).not.toContain('secret')

    await page.getByLabel('Headers, one per line').fill('')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByRole('heading', { name: 'No route takes it.' }).waitFor()
    await page.getByLabel('Path and query').fill('no slash')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.getByText('must start with "/"').waitFor()
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'a viewer sees the routes and cannot change them',
  async () => {
    await create({ name: 'looked at', path: '/looked-at', target_url: `${vendor.url}/ok` })
    const markup = `<img src=x onerror="window.broken=1">{{constructor}}`
    await create({ name: markup, match: { path: '/markup' }, action: { type: 'deny', message: markup } })
    await stand.gateway.admin.expectOk('POST', '/users', { username: 'looker', password: 'a long enough password', role: 'viewer' })
    const { page, context } = await stand.open()
    await context.request.post('/api/admin/login', { data: { username: 'looker', password: 'a long enough password', session: 'cookie' } })
    await page.goto('/ui/routes')
    await page.getByRole('link', { name: 'looked at' }).waitFor()
    expect(await page.getByRole('switch', { name: 'Route looked at' }).isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: /New route|Delete/ }).count()).toBe(0)
    await page.getByRole('link', { name: markup }).waitFor()
    await rowOf(page, '/markup').getByText(`refuses with 403: ${markup}`).waitFor()
    expect(await page.evaluate(() => (window as unknown as { broken?: unknown }).broken)).toBeUndefined()
    await page.getByRole('link', { name: 'looked at' }).click()
    await page.getByRole('heading', { name: 'looked at' }).waitFor()
    expect(await page.getByLabel('Path', { exact: true }).isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: /Save|Delete/ }).count()).toBe(0)
  },
  60_000,
)
