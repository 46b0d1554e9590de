// Client keys: issue one, see it once, revoke it.
import { call, listAll } from './api.js'
import { action, copyButton, el, field, form, notify, relativeTime } from './dom.js'
import { renderSnippets } from './snippets.js'

export async function showClientKeys(section, session) {
  const rows = el('tbody')
  const issued = el('div')
  const refresh = async () => rows.replaceChildren(...(await listAll('/client-keys')).map((key) => renderRow(key, session, refresh)))
  const name = el('input', { required: true, maxlength: 100, placeholder: 'e.g. the name of a person or program', autocomplete: 'off' })
  const issue = async () => {
    const answer = await call('POST', '/client-keys', { name: name.value })
    name.value = ''
    session.issuedKey = answer.key
    issued.replaceChildren(...renderIssued(answer, session))
    await refresh()
  }
  const head = el('tr', {}, ...['Name', 'Key', 'State', 'Upstreams', 'Expires', 'Used', ''].map((title) => el('th', {}, title)))
  section.replaceChildren(
    el('h2', {}, 'Client keys'),
    el('p.quiet', {}, 'What programs send instead of a vendor key.'),
    ...(session.role === 'admin' ? [form('Issue a client key', issue, field('Name', name))] : []),
    issued,
    el('div.table', {}, el('table', {}, el('thead', {}, head), rows)),
  )
  await refresh()
}

function renderIssued({ key, name }, session) {
  const usable = session.upstreams.filter(({ enabled }) => enabled)
  const pick = el('select', {}, ...usable.map(({ id, slug }) => el('option', { value: id }, slug)))
  const calls = el('div')
  const show = () => {
    const upstream = usable.find(({ id }) => id === pick.value)
    const adapter = session.adapters.find((each) => each.name === upstream?.adapter)
    calls.replaceChildren(...(upstream === undefined ? [] : [renderSnippets(upstream, adapter?.dialect, key)]))
  }
  pick.addEventListener('change', show)
  show()
  return [
    el('h3', {}, `The key of ${name}: copy it now, it is shown only once`),
    el('div.row', {}, el('code.secret', {}, key), copyButton(key)),
    ...(usable.length > 0 ? [field('Call', pick), calls] : []),
  ]
}

function renderRow(key, session, refresh) {
  const revoke = action('Revoke', async () => {
    if (!confirm(`Revoke the key of ${key.name}? Programs that use it are refused from then on.`)) return
    await call('DELETE', `/client-keys/${key.id}`)
    notify(`The key of ${key.name} is revoked.`)
    await refresh()
  }, '.danger.tiny') // prettier-ignore
  const mayRevoke = session.role === 'admin' && key.source === 'issued' && key.state !== 'revoked'
  return el(
    'tr',
    {},
    el('td', {}, key.name),
    el('td', {}, el('code', {}, key.masked)),
    el('td', {}, el(`span.state.${key.state}`, {}, key.state)),
    el('td', {}, key.upstreams === null ? 'all' : key.upstreams.join(', ')),
    el('td', { title: key.expires_at ?? '' }, key.expires_at === null ? 'never' : relativeTime(key.expires_at)),
    el('td', { title: key.last_used_at ?? '' }, relativeTime(key.last_used_at)),
    el('td.actions', {}, mayRevoke && revoke),
  )
}
