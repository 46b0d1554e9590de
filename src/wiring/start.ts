// The start of a server or tool: first rows, then the configuration in force; from the snapshot file while the database is away.
import { DEMO_HOST, openDemoVendor, type DemoVendor } from '../demo/demo-vendor.ts'
import { limits } from '../limits.ts'
import type { ArrivalSteps } from './arrival.ts'
import type { Get } from './parts.ts'

export class Start implements ArrivalSteps {
  readonly random
  readonly logger
  readonly #get: Get
  readonly #closers: (() => Promise<unknown> | void)[]
  #demo: DemoVendor | undefined

  /** @param closers run when the composition closes, last pushed first */
  constructor(get: Get, closers: (() => Promise<unknown> | void)[]) {
    this.#get = get
    this.#closers = closers
    this.random = get('random')
    this.logger = get('logger')
  }

  get demo(): DemoVendor | undefined {
    return this.#demo
  }

  readonly open = (): Promise<void> => this.#get('stores').reach()

  readonly isServing = (): boolean => this.#get('snapshot').current !== undefined

  /** May run again when the store went away meanwhile. */
  readonly settle = async (): Promise<void> => {
    const inForce = this.#get('snapshot').current?.version
    await this.#get('stores').openVault()
    await this.#prepareUpstreams()
    await this.#get('snapshot').refresh()
    const version = this.#get('snapshot').current?.version ?? 0
    if (inForce === undefined) return
    const fields = { config_version: version, restored_version: inForce }
    if (version >= inForce) this.logger.info('database.arrived', 'The database is here, and its configuration is in force', fields)
    else
      this.logger.warn(
        'database.older',
        `The database is older (version ${version}) than the snapshot file was (${inForce}); it counts, as after a restore`,
        fields,
      )
  }

  readonly restore = async (): Promise<void> => {
    const file = this.#get('snapshotFile')
    if (file === undefined) return
    try {
      const image = await file.read()
      if (image === undefined) return this.logger.warn('snapshot.absent', `There is no ${file.path}: requests get 503 until the database is reached`)
      await this.#get('stores').openVault(image.vaultSettings)
      await this.#get('snapshot').restore(image)
      const ageMs = this.#get('clock').nowMs() - image.savedAtMs
      const what = `Serving the configuration of ${file.path}, saved ${new Date(image.savedAtMs).toISOString()}, until the database is reached`
      const fields = { config_version: image.configVersion, age_s: Math.round(ageMs / 1000) }
      if (ageMs <= limits.snapshotFileOldMs) this.logger.warn('snapshot.restored', what, fields)
      else this.logger.error('snapshot.old', `${what}. It is ${Math.floor(ageMs / 86_400_000)} days old: client keys revoked since then are let in`, fields)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.logger.error('snapshot.refused', `${file.path} is not used: ${reason}. Requests get 503 until the database is reached`, { path: file.path })
    }
  }

  /** First admin, upstreams from the environment, and the demo while it is wanted. */
  async #prepareUpstreams(): Promise<void> {
    const get = this.#get
    if (get('role') === 'tool') return
    const config = get('config')
    const { setup } = get('management')
    if (config.adminPassword !== undefined) await setup.createFirstAdmin(config.adminUsername, config.adminPassword)
    await get('firstBoot').seed(config.seedUpstreams)
    const isDemoOn = config.demoMode === 'on' || (config.demoMode === 'auto' && (await setup.isOpen()))
    if (isDemoOn && this.#demo === undefined) {
      const demo = await openDemoVendor()
      this.#demo = demo
      this.#closers.push(() => demo.close())
      get('lifecycle').demoPort = demo.port
    }
    await get('firstBoot').arrangeDemo(isDemoOn ? `http://${DEMO_HOST}` : undefined)
  }
}
