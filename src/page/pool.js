// The keys of one upstream: their states with reason and clock, and how to add more.
import { call } from './api.js'
import { action, el, notify, relativeTime } from './dom.js'
import { renderKeyImport } from './key-import.js'
import { mayChange } from './upstreams.js'

const PAGE_SIZE = 100

/** @param onChange called after every change, so that the counts are right */
export function showPool(container, upstream, session, onChange) {
  const rows = el('tbody')
  const summary = el('p.quiet.small')
  let limit = PAGE_SIZE
  const more = action('Show more', async () => {
    limit = Math.min(1000, limit + PAGE_SIZE)
    await refresh()
  }, '.plain.tiny') // prettier-ignore
  const changed = async () => {
    await refresh()
    await onChange()
  }
  const refresh = async () => {
    const { data, total } = await call('GET', `/upstreams/${upstream.id}/keys?page=1&limit=${limit}`)
    // A row that is being used must not vanish under the pointer: it is replaced as a whole only when its text changed.
    const fresh = data.map((key) => renderRow(key, session, changed))
    if (rows.textContent !== fresh.map((row) => row.textContent).join('') || rows.childElementCount !== fresh.length) rows.replaceChildren(...fresh)
    summary.textContent = total > data.length ? `${data.length} of ${total} keys` : ''
    more.hidden = total <= data.length || limit >= 1000
  }
  const head = el('tr', {}, ...['Key', 'Label', 'State', 'Why', 'Until', 'Used', ''].map((title) => el('th', {}, title)))
  container.replaceChildren(
    el('div.table', {}, el('table', {}, el('thead', {}, head), rows)),
    el('div.row', {}, summary, more),
    ...(mayChange(session) ? [renderKeyImport(upstream, changed)] : []),
  )
  refresh().catch((error) => notify(error.message, true))
  return { refresh: () => refresh().catch(() => undefined) }
}

function renderRow(key, session, changed) {
  const cells = [
    el('td', {}, el('code', {}, key.masked)),
    el('td', {}, key.label),
    el('td', {}, el(`span.state.${key.state}`, {}, key.state)),
    el('td', {}, key.reason),
    el('td', { title: key.until ?? '' }, relativeTime(key.until)),
    el('td', { title: key.last_used_at ?? '' }, relativeTime(key.last_used_at)),
  ]
  return el('tr', {}, ...cells, el('td.actions', {}, ...(mayChange(session) ? renderActions(key, changed) : [])))
}

function renderActions(key, changed) {
  const test = action('Test', async () => {
    const { ok, reason, latency_ms: latencyMs, message } = await call('POST', `/keys/${key.id}/test`)
    notify(ok ? `${key.masked} works: ${reason}, ${Math.round(latencyMs)} ms.` : `${key.masked} does not work: ${reason}. ${message}`, !ok)
    await changed()
  }, '.plain.tiny') // prettier-ignore
  const isResting = key.state === 'cooling' || key.state === 'parked' || key.state === 'probing'
  const revive = action('Revive', () => call('POST', `/keys/${key.id}/revive`).then(changed), '.plain.tiny')
  const toggle = action(key.enabled ? 'Disable' : 'Enable', () => call('PATCH', `/keys/${key.id}`, { enabled: !key.enabled }).then(changed), '.plain.tiny')
  const remove = action('Delete', async () => {
    if (!confirm(`Delete the key ${key.masked}? It cannot be shown or restored.`)) return
    await call('DELETE', `/keys/${key.id}`)
    await changed()
  }, '.danger.tiny') // prettier-ignore
  return [test, isResting && revive, toggle, remove].filter((button) => button !== false).flatMap((button) => [button, ' '])
}
