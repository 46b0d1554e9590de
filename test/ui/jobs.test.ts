// Jobs in the browser: a validation is started, seen to its end, and one that waits is cancelled.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { hasBrowser } from '../support/browser.ts'
import { openChaosUpstream, type ChaosUpstream } from '../support/chaos-upstream.ts'
import { openUiStand, type UiStand } from './ui-stand.ts'

const inBrowser = hasBrowser() ? test : test.skip

let stand: UiStand
let vendor: ChaosUpstream
beforeAll(async () => {
  vendor = await openChaosUpstream()
  const keys = Array.from({ length: 5 }, (_, index) => `sk-job-${index}-0123456789abcdef`)
  stand = await openUiStand({ upstreams: [{ slug: 'validated', name: 'Validated', base_url: vendor.url, adapter: 'openai-compatible', keys }] })
})
afterAll(async () => {
  await stand?.close()
  await vendor?.close()
})

inBrowser(
  'all keys of an upstream are tested, with progress',
  async () => {
    const { page, faults } = await stand.openSignedIn('/jobs')
    await page.getByRole('button', { name: 'Test all keys' }).click()
    await page.getByLabel('Upstream').selectOption('Validated')
    await page.getByRole('dialog').getByRole('button', { name: 'Test all keys' }).click()
    const row = page.getByRole('row').filter({ hasText: 'key_validation' })
    await row.getByText('succeeded').waitFor()
    await row.getByText('5 of 5').waitFor()
    expect(faults).toEqual([])
  },
  60_000,
)

inBrowser(
  'a job that waits is cancelled',
  async () => {
    const payload = { upstream_id: stand.gateway.idOf('validated') }
    await stand.gateway.admin.expectOk('POST', '/jobs', { kind: 'key_validation', payload, run_at: '2100-01-01T00:00:00Z' })
    const { page } = await stand.openSignedIn('/jobs?status=scheduled')
    await page.getByRole('row').filter({ hasText: 'scheduled' }).getByRole('button', { name: 'Cancel the job' }).click()
    await page.getByText('No job matches.').waitFor()
    await page.getByLabel('Status').selectOption('cancelled')
    await page.getByRole('row').filter({ hasText: 'cancelled' }).waitFor()
  },
  60_000,
)
