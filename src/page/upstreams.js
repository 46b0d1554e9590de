// The list of upstreams: what they are, how their keys are, and what can be done with them.
import { call, listAll } from './api.js'
import { action, el, notify } from './dom.js'
import { showPool } from './pool.js'
import { renderSnippets } from './snippets.js'
import { renderUpstreamForm } from './upstream-form.js'

const STATES = ['ready', 'cooling', 'probing', 'parked', 'disabled']
const REFRESH_MS = 5_000

export function mayChange(session) {
  return session.role === 'operator' || session.role === 'admin'
}

/** @param session keeps `upstreams` and `adapters` for the other parts of the page */
export async function showUpstreams(section, session) {
  session.adapters = (await call('GET', '/adapters')).data
  const list = el('div')
  const cards = new Map()
  const create = el('div', { hidden: true })
  const refresh = async () => {
    session.upstreams = await listAll('/upstreams')
    renderCards(list, cards, session, refresh)
  }
  const toggle = action('Add upstream', async () => {
    create.hidden = !create.hidden
    if (!create.hidden) create.replaceChildren(renderUpstreamForm(session.adapters, async (upstream) => {
      create.hidden = true
      await refresh()
      cards.get(upstream.id)?.open()
      notify(`${upstream.slug} was created. Now paste its keys.`)
    })) // prettier-ignore
  })
  section.replaceChildren(el('div.row', {}, el('h2', {}, 'Upstreams'), el('span.grow'), mayChange(session) && toggle), create, list)
  await refresh()
  const timer = setInterval(() => {
    if (!section.isConnected) clearInterval(timer)
    else if (!document.hidden) refresh().catch((error) => notify(error.message, true))
  }, REFRESH_MS)
}

/** Cards stay the same elements over refreshes, so that what is open stays open. */
function renderCards(list, cards, session, refresh) {
  const seen = new Set(session.upstreams.map(({ id }) => id))
  for (const [id, card] of cards) {
    if (!seen.has(id)) {
      card.element.remove()
      cards.delete(id)
    }
  }
  for (const upstream of session.upstreams) {
    let card = cards.get(upstream.id)
    if (card === undefined) {
      card = createCard(session, refresh)
      cards.set(upstream.id, card)
      list.append(card.element)
    }
    card.update(upstream)
  }
  list.querySelector('p.empty')?.remove()
  if (cards.size === 0) list.append(el('p.quiet.empty', {}, 'No upstream yet: add one, or set OPENAI_API_KEYS and the like before the first start.'))
}

function createCard(session, refresh) {
  const head = el('summary')
  const body = el('div')
  const element = el('details', {}, head, body)
  let current
  let pool
  const update = (upstream) => {
    current = upstream
    head.replaceChildren(...renderHead(upstream))
    if (element.open) void pool?.refresh()
  }
  element.addEventListener('toggle', () => {
    if (!element.open || pool !== undefined) return
    const keys = el('div')
    const adapter = session.adapters.find(({ name }) => name === current.adapter)
    pool = showPool(keys, current, session, refresh)
    const actions = mayChange(session) ? [el('div.row', {}, ...renderActions(() => current, refresh))] : []
    body.replaceChildren(keys, el('h3', {}, 'Call it'), renderSnippets(current, adapter?.dialect, session.issuedKey), ...actions)
  })
  return { element, update, open: () => (element.open = true) }
}

function renderHead(upstream) {
  const counts = STATES.filter((state) => upstream.keys[state] > 0).map((state) => el(`span.state.${state}`, {}, `${upstream.keys[state]} ${state}`))
  return [
    el('strong', {}, upstream.name || upstream.slug),
    ' ',
    el('code', {}, upstream.proxy_path),
    ' ',
    !upstream.enabled && el('span.state.disabled', {}, 'switched off '),
    upstream.managed_by === 'demo' && el('span.quiet', {}, 'demo '),
    el('span.row.small', {}, ...(counts.length > 0 ? counts : [el('span.quiet', {}, 'no keys')])),
  ].filter((part) => part !== false)
}

function renderActions(get, refresh) {
  return [
    action('Switch on or off', async () => {
      const { id, slug, enabled } = get()
      await call('PATCH', `/upstreams/${id}`, { enabled: !enabled })
      notify(`${slug} is ${enabled ? 'off' : 'on'}.`)
      await refresh()
    }, '.plain.tiny'),
    action('Delete upstream', async () => {
      const { id, slug, keys } = get()
      if (!confirm(`Delete ${slug} with its ${keys.total === 1 ? 'key' : `${keys.total} keys`}? This cannot be undone.`)) return
      await call('DELETE', `/upstreams/${id}`)
      notify(`${slug} was deleted.`)
      await refresh()
    }, '.danger.tiny'),
  ] // prettier-ignore
}
