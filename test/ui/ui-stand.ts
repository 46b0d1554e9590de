// What the tests of the web UI share: the built gateway, a browser, and people who are signed in.
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { Bundle } from '../builds/bundle.ts'
import { openBrowser, openPage, type PageOptions, type WatchedPage } from '../support/browser.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts'

export interface UiStand {
  readonly gateway: Gateway
  readonly browser: Browser
  readonly bundle: Bundle
  /** A page in a context of its own, nobody signed in. */
  open(options?: PageOptions): Promise<WatchedPage>
  /** Signed in as the admin, at this path below /ui. */
  openSignedIn(path: string, options?: PageOptions): Promise<WatchedPage>
  close(): Promise<void>
}

/** Serves what `make build` makes, from a folder of its own. */
export async function openUiStand(options: GatewayOptions = {}): Promise<UiStand> {
  const bundle = new Bundle('lightweight')
  const gateway = await startGateway({ ...options, main: join(bundle.path, 'main.js') })
  const browser = await openBrowser()
  const open = (pageOptions?: PageOptions): Promise<WatchedPage> => openPage(browser, gateway.url, pageOptions)
  return {
    gateway,
    browser,
    bundle,
    open,
    openSignedIn: async (path, pageOptions) => {
      const watched = await open(pageOptions)
      const answer = await watched.context.request.post('/api/admin/login', {
        data: { username: 'admin', password: gateway.adminPassword, session: 'cookie' },
      })
      if (answer.status() !== 200) throw new Error(`sign-in: ${answer.status()} ${await answer.text()}`)
      await watched.page.goto(`/ui${path}`)
      return watched
    },
    close: async () => {
      await browser.close()
      await gateway.close()
      bundle.folder.remove()
    },
  }
}
