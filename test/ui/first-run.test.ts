// A newcomer's way: from the set-up link to the first answer, in a real browser.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { hasBrowser } from '../support/browser.ts'
import { openUiStand, type UiStand } from './ui-stand.ts'

const PASSWORD = 'Tr4verse-granite-otter'
const inBrowser = hasBrowser() ? test : test.skip

let stand: UiStand
let vendor: ChaosUpstream

beforeAll(async () => {
  vendor = await openChaosUpstream()
  stand = await openUiStand({ env: { ADMIN_PASSWORD: undefined, DEMO_MODE: 'auto' } })
})
afterAll(async () => {
  await stand.close()
  await vendor.close()
})

function setupLink(): string {
  const link = /http:\/\/\S+\/setup#t=[\w-]+/.exec(stand.gateway.child.output)?.[0]
  if (link === undefined) throw new Error(`no set-up link in:\n${stand.gateway.child.output}`)
  return stand.gateway.url + link.slice(link.indexOf('/setup'))
}

inBrowser(
  'from the set-up link over the first upstream and 500 pasted keys to a client key that works',
  async () => {
    const { page, faults } = await stand.open()
    await page.goto(setupLink())
    // The token is in no address that could be copied or kept.
    await page.waitForURL('**/ui/setup')
    expect(page.url()).not.toContain('t=')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByLabel('Password, once more').fill(`${PASSWORD}x`)
    await page.getByRole('button', { name: 'Create and sign in' }).click()
    await page.getByText('The two passwords differ.').waitFor()
    await page.getByLabel('Password, once more').fill(PASSWORD)
    await page.getByRole('button', { name: 'Create and sign in' }).click()

    await page.getByRole('link', { name: 'Add an upstream' }).click()
    await page.getByLabel('Vendor').selectOption('openai-compatible')
    await page.getByLabel('Slug').fill('first')
    await page.getByLabel('Base URL').fill(`${vendor.url}/v1`)
    await page.getByRole('button', { name: 'Add', exact: true }).click()

    const keys = Array.from({ length: 500 }, (_, index) => `sk-${String(index).padStart(4, '0')}-abcdefghijklmnopqrstuvwxyz`)
    const pasted = [...keys.slice(0, 250).map((key, index) => `KEY_${index}="${key}"`), ...keys.slice(250), ...keys.slice(0, 20)].join('\n')
    await page.getByRole('textbox', { name: 'Keys' }).fill(pasted)
    await page.getByText('500 new').waitFor()
    await page.getByText('20 already here or twice').waitFor()
    await page.getByRole('button', { name: 'Add 500 keys' }).click()
    await page.getByText('500 keys were added', { exact: true }).waitFor()
    await page.getByText('500 ready, 0 cooling, 0 probing, 0 parked, 0 disabled').waitFor()

    await page.getByRole('link', { name: 'Client keys' }).click()
    await page.getByRole('button', { name: 'Issue a client key' }).click()
    await page.getByLabel('Name').fill('my program')
    await page.getByRole('dialog').getByRole('button', { name: 'Issue a client key' }).click()
    const key = (await page.getByTestId('issued-key').textContent()) ?? ''
    expect(key).toMatch(/^sk-akr-/)
    await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('dialog').getByText('Copied', { exact: true }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key)
    await page.getByRole('button', { name: 'I have copied it' }).click()
    await page.getByRole('cell', { name: 'my program' }).waitFor()
    expect(await page.content()).not.toContain(key)

    const answer = await fetch(`${stand.gateway.url}/llm/first/v1/ok`, { headers: { authorization: `Bearer ${key}` } })
    expect(answer.status).toBe(200)
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'the set-up link works once; afterwards people sign in, and a wrong password says so',
  async () => {
    const { page, faults } = await stand.open()
    await page.goto(setupLink())
    await page.getByText('Set-up is finished').waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Password').fill('not this one at all')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('The username or the password is wrong.').waitFor()
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    // What scripts could read or others could find: nothing of the session.
    expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage))).not.toMatch(/eyJ|session|token/i)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/ui/sign-in')
    await page.goto('/ui/clients')
    await page.waitForURL('**/ui/sign-in?next=/clients')
    expect(faults).toEqual([])
  },
  60_000,
)
