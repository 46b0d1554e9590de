// A real Chromium, and pages that keep what went wrong in them.
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Debian's, unless another one is named. */
const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Whether there is a browser to test with. @throws when there is none and none may be missing */
export function hasBrowser(): boolean {
  if (existsSync(CHROMIUM)) return true
  if (process.env.REQUIRE_DRIVERS === 'all') throw new Error(`There is no browser at ${CHROMIUM}: install Debian's chromium, or set CHROMIUM_PATH.`)
  return false
}

export function openBrowser(): Promise<Browser> {
  // As root Chromium has no sandbox of its own; what it opens here is ours.
  const args = process.getuid?.() === 0 ? ['--no-sandbox', '--disable-dev-shm-usage'] : ['--disable-dev-shm-usage']
  return chromium.launch({ executablePath: CHROMIUM, args })
}

export interface WatchedPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Console errors, exceptions, requests to other origins, refusals by the content policy. */
  readonly faults: string[]
}

export interface PageOptions {
  readonly language?: string
  readonly colorScheme?: 'light' | 'dark'
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** @param origin the only one that may be asked */
export async function openPage(browser: Browser, origin: string, options: PageOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL: origin,
    locale: options.language ?? 'en-US',
    colorScheme: options.colorScheme ?? 'light',
    viewport: options.viewport ?? { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`))
  page.on('console', (message) => {
    // Refused calls are what some tests are about; they are seen in the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url())
    if (protocol !== 'data:' && asked !== origin) faults.push(`asks ${request.url()}`)
  })
  return { page, context, faults }
}
